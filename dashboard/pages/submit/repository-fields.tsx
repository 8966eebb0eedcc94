import { Group, Select, TextInput } from '@mantine/core';

interface Props {
  value: Record<string, unknown>;
  errorOf(name: string): string | undefined;
  onChange(name: string, next: string | undefined): void;
}

/** The fields that make a job work in a repository. Those that go with one are there once it is named. */
export function RepositoryFields({ value, errorOf, onChange }: Props) {
  const words = (name: string) => (typeof value[name] === 'string' ? value[name] : '');
  const isNone = value.check_command === null;
  const text = (name: string, label: string, placeholder: string, description?: string) => (
    <TextInput
      label={label}
      description={description}
      placeholder={placeholder}
      spellCheck={false}
      error={errorOf(name)}
      value={words(name)}
      onChange={(event) => onChange(name, event.currentTarget.value || undefined)}
    />
  );
  const given = GOES_WITH_IT.some((name) => value[name] !== undefined);
  return (
    <>
      {text(
        'repository',
        'Repository',
        '/srv/code/app or https://github.com/acme/app',
        'For a job that changes a code base: a path or a URL that the service allows',
      )}
      {(words('repository') !== '' || given) && (
        <>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            {text('base_branch', 'Base branch', 'its default branch')}
            {text('check_command', 'Check command', isNone ? 'none' : 'found in the repository')}
          </Group>
          <Select
            label="Deliver"
            placeholder="the branch for a path, a push for a URL"
            clearable
            data={[
              { value: 'branch', label: 'keep the branch in the repository' },
              { value: 'push', label: 'push the branch' },
              { value: 'pull_request', label: 'push it and open a pull request' },
            ]}
            error={errorOf('deliver')}
            value={words('deliver') || null}
            onChange={(next) => onChange('deliver', next ?? undefined)}
          />
        </>
      )}
    </>
  );
}

const GOES_WITH_IT = ['base_branch', 'check_command', 'deliver'];
