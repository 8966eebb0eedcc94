import { Checkbox, Group, NumberInput, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { FieldIssue } from '../../../contracts/error.ts';
import { count } from '../../components/format.ts';
import { useProviders } from '../../data/jobs.ts';
import { ParameterFields } from './parameter-fields.tsx';
import { RepositoryFields } from './repository-fields.tsx';
import { withField } from './spec-text.ts';

interface Props {
  text: string;
  /** undefined: the text can't be read */
  value: Record<string, unknown> | undefined;
  mistakes: readonly FieldIssue[];
  onText(text: string): void;
}

/** The fields of a spec that most jobs have. What the form does not show stays as the text has it. */
export function SpecForm({ text, value, mistakes, onText }: Props) {
  const providers = useProviders().data?.providers ?? [];
  if (value === undefined) return <Text>The text is not valid YAML; correct it under YAML.</Text>;
  const set = (name: string, next: unknown) => onText(withField(text, name, next));
  const words = (name: string) => (typeof value[name] === 'string' ? value[name] : '');
  const errorOf = (name: string) =>
    mistakes.find(({ path }) => path === name || path.startsWith(`${name}.`))?.issue;
  const field = (name: string) => ({ error: errorOf(name) });
  const lines = (name: string) => {
    const list = value[name];
    return Array.isArray(list) && list.every((one) => typeof one === 'string') ? list.join('\n') : null;
  };
  const setLines = (name: string, given: string) => set(name, given === '' ? undefined : given.split('\n'));
  const plan = value.plan;
  const tasks = typeof plan === 'object' && plan !== null && 'tasks' in plan ? plan.tasks : undefined;
  return (
    <Stack gap="sm">
      <ParameterFields
        value={value}
        errorOf={errorOf}
        onChange={(name, next) => onText(withField(text, ['with', name], next))}
      />
      <TextInput
        label="Title"
        withAsterisk
        {...field('title')}
        value={words('title')}
        onChange={(event) => set('title', event.currentTarget.value)}
      />
      <Textarea
        label="Description"
        description="What is to be done"
        withAsterisk
        autosize
        minRows={4}
        maxRows={16}
        {...field('description')}
        value={words('description')}
        onChange={(event) => set('description', event.currentTarget.value)}
      />
      <ListField
        label="Acceptance criteria"
        description="How to tell that it is done, one per line"
        error={errorOf('acceptance_criteria')}
        lines={lines('acceptance_criteria')}
        given={value.acceptance_criteria !== undefined}
        onLines={(given) => setLines('acceptance_criteria', given)}
      />
      <ListField
        label="Constraints"
        description="What limits it, one per line"
        error={errorOf('constraints')}
        lines={lines('constraints')}
        given={value.constraints !== undefined}
        onLines={(given) => setLines('constraints', given)}
      />
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <NumberInput
          label="Budget, USD"
          min={0}
          decimalScale={2}
          placeholder={value.budget_usd === null ? 'no cap' : '10'}
          disabled={value.budget_usd === null}
          {...field('budget_usd')}
          value={typeof value.budget_usd === 'number' ? value.budget_usd : ''}
          onChange={(next) => set('budget_usd', typeof next === 'number' ? next : undefined)}
        />
        <NumberInput
          label="Tasks at once"
          min={1}
          max={1000}
          allowDecimal={false}
          placeholder="5"
          {...field('max_workers')}
          value={typeof value.max_workers === 'number' ? value.max_workers : ''}
          onChange={(next) => set('max_workers', typeof next === 'number' ? next : undefined)}
        />
        <Select
          label="Priority"
          placeholder="medium"
          clearable
          data={['low', 'medium', 'high', 'critical']}
          {...field('priority')}
          value={words('priority') || null}
          onChange={(next) => set('priority', next ?? undefined)}
        />
      </Group>
      <Checkbox
        label="No cap on what it may cost"
        checked={value.budget_usd === null}
        onChange={(event) => set('budget_usd', event.currentTarget.checked ? null : undefined)}
      />
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <Select
          label="Provider"
          placeholder="the default"
          clearable
          data={providers.map(({ provider, configured }) => ({
            value: provider,
            label: configured ? provider : `${provider} (no key)`,
          }))}
          {...field('provider')}
          value={words('provider') || null}
          onChange={(next) => set('provider', next ?? undefined)}
        />
        <TextInput
          label="Model"
          placeholder="the provider's default"
          {...field('model')}
          value={words('model')}
          onChange={(event) => set('model', event.currentTarget.value || undefined)}
        />
      </Group>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <Select
          label="Approval"
          placeholder="required"
          clearable
          data={[
            { value: 'required', label: 'I approve the plan' },
            { value: 'every_version', label: 'I approve every version, repairs too' },
            { value: 'auto', label: 'It runs without asking' },
          ]}
          {...field('approval')}
          value={words('approval') || null}
          onChange={(next) => set('approval', next ?? undefined)}
        />
        <Select
          label="When a task fails"
          placeholder="review"
          clearable
          data={[
            { value: 'review', label: 'wait for me' },
            { value: 'continue', label: 'continue without it' },
            { value: 'fail', label: 'the job fails' },
          ]}
          {...field('on_task_failure')}
          value={words('on_task_failure') || null}
          onChange={(next) => set('on_task_failure', next ?? undefined)}
        />
      </Group>
      <RepositoryFields value={value} errorOf={errorOf} onChange={set} />
      <Text c="dimmed">
        {Array.isArray(tasks)
          ? `Includes a plan of ${count(tasks.length, 'task')}. Edit it under YAML, or as a graph once it is submitted.`
          : 'No plan included. One will be generated for you to approve.'}
      </Text>
    </Stack>
  );
}

function ListField(props: {
  label: string;
  description: string;
  error?: string;
  /** null: it is no list of lines */
  lines: string | null;
  given: boolean;
  onLines(lines: string): void;
}) {
  const { label, description, error, lines, given, onLines } = props;
  if (given && lines === null) {
    return (
      <Text c="dimmed">
        {label}: with ids or commands, to be edited under YAML.
        {error !== undefined && ` (${error})`}
      </Text>
    );
  }
  return (
    <Textarea
      label={label}
      description={description}
      autosize
      minRows={2}
      maxRows={10}
      error={error}
      value={lines ?? ''}
      onChange={(event) => onLines(event.currentTarget.value)}
    />
  );
}
