import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { LazyGraph } from '../../components/graph/lazy-graph.tsx';
import { mergeWords } from '../../components/repository/states.tsx';
import type { Schemas } from '../../data/api.ts';

/** The tasks of a job, coloured by what they are doing. */
export function JobGraph(props: {
  job: Schemas['Job'];
  selected: string | null;
  onSelect(task_id: string): void;
}) {
  const { job, selected, onSelect } = props;
  const { tasks, critical_path } = job;
  const boxes = useMemo(
    () =>
      tasks.map(({ task_id, title, depends_on, status, agent, attempt, repository }) => ({
        task_id,
        title,
        depends_on,
        status,
        agent: agent ?? 'any agent',
        note: [
          ...(attempt > 1 ? [`attempt ${attempt}`] : []),
          ...(status === 'running' && repository ? [mergeWords(repository)] : []),
        ]
          .filter(Boolean)
          .join(' · '),
        warning: null,
      })),
    [tasks],
  );
  if (boxes.length === 0) return <Text c="dimmed">There is no plan yet.</Text>;
  return (
    <LazyGraph
      tasks={boxes}
      critical={critical_path}
      selected={selected}
      onSelect={onSelect}
      label="Tasks and what they depend on"
    />
  );
}
