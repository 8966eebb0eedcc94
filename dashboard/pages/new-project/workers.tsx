import { Button, Group, Text } from '@mantine/core';
import { AgentFields } from './agent-fields.tsx';
import { type AgentDraft, type ProjectDraft, pathOf, withWorker } from './draft.ts';

/** What a part of the form is given. */
export interface PartProps {
  draft: ProjectDraft;
  /** what is wrong with a field of the request */
  errorOf(path: string): string | undefined;
  onChange(draft: ProjectDraft): void;
}

/** The workers of the project, to be added and dropped. */
export function Workers({ draft, errorOf, onChange }: PartProps) {
  const { workers } = draft;
  const set = (number: number, part: Partial<AgentDraft>) =>
    onChange({
      ...draft,
      workers: workers.map((one) => (one.number === number ? { ...one, ...part } : one)),
    });
  return (
    <>
      {workers.map((worker, index) => (
        <AgentFields
          key={worker.number}
          legend={`Worker ${index + 1}`}
          agent={worker}
          errorOf={(field) => errorOf(`${pathOf(draft, index)}.${field}`)}
          onChange={(part) => set(worker.number, part)}
          onDrop={() => onChange({ ...draft, workers: workers.filter((one) => one !== worker) })}
        />
      ))}
      <Group>
        <Button variant="default" onClick={() => onChange(withWorker(draft))}>
          Add a worker
        </Button>
        {workers.length === 0 && (
          <Text c="dimmed">Without workers of its own, the project has those of the roster.</Text>
        )}
      </Group>
    </>
  );
}
