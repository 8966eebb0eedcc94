import { Autocomplete, Button, Text, Title } from '@mantine/core';
import { ModelChoice } from './model-field.tsx';
import type { NamedDraft } from './routing-draft.ts';
import classes from './settings.module.css';

interface Props {
  title: string;
  /** what the names are of */
  what: 'agent' | 'specialty';
  path: 'agent_models' | 'specialty_models';
  /** those that are known; others may be written */
  names: readonly string[];
  rows: readonly NamedDraft[];
  errorOf(path: string): string | undefined;
  onRows(rows: NamedDraft[]): void;
}

/** Models by a name: rows that can be added, changed and removed. */
export function NamedModels({ title, what, path, names, rows, errorOf, onRows }: Props) {
  const change = (key: number, part: Partial<NamedDraft>) =>
    onRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const add = () => {
    const key = Math.max(-1, ...rows.map((row) => row.key)) + 1;
    onRows([...rows, { key, name: '', provider: '', model: '' }]);
  };
  return (
    <section aria-label={title}>
      <Title order={2} mt="md">
        {title}
      </Title>
      {rows.length === 0 && <Text c="dimmed">No {what} has a model of its own.</Text>}
      {rows.map(({ key, name, provider, model }, index) => {
        const label = name.trim() || `${what} ${index + 1}`;
        return (
          <fieldset key={key} className={classes.model}>
            <legend className="visually-hidden">{label}</legend>
            <Autocomplete
              aria-label={`Name of ${what} ${index + 1}`}
              placeholder={`Name of the ${what}`}
              data={names.filter((one) => one === name || rows.every((row) => row.name !== one))}
              limit={30}
              value={name}
              onChange={(next) => change(key, { name: next })}
              error={errorOf(`${path}.${name.trim()}`)}
            />
            <ModelChoice
              label={label}
              value={{ provider, model }}
              path={`${path}.${name.trim()}`}
              errorOf={(field) => (field === `${path}.${name.trim()}` ? undefined : errorOf(field))}
              onValue={(value) => change(key, value)}
              beside={
                <Button
                  variant="default"
                  aria-label={`Remove ${label}`}
                  onClick={() => onRows(rows.filter((row) => row.key !== key))}
                >
                  Remove
                </Button>
              }
            />
          </fieldset>
        );
      })}
      <Button variant="default" mt={6} onClick={add}>
        Add {what === 'agent' ? 'an agent' : 'a specialty'}
      </Button>
    </section>
  );
}
