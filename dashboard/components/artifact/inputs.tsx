import { Text } from '@mantine/core';
import { visible } from '../../../contracts/hidden-text.ts';
import { useArtifacts } from '../../data/artifacts.ts';
import { useJob } from '../../data/jobs.ts';
import { Reading } from '../reading.tsx';
import classes from './artifact.module.css';
import { ArtifactLine } from './artifact-line.tsx';

/** What the tasks that a task depends on gave: the beginnings of their outputs, and their artifacts. */
export function Inputs({ job_id, task_id }: { job_id: string; task_id: string }) {
  const artifacts = useArtifacts(job_id);
  return (
    <Reading of={useJob(job_id)}>
      {({ tasks }) => {
        const depends_on = tasks.find((task) => task.task_id === task_id)?.depends_on ?? [];
        const before = tasks.filter((task) => depends_on.includes(task.task_id));
        if (before.length === 0) return null;
        const list = artifacts.data?.artifacts.filter((one) => depends_on.includes(one.task_id ?? '')) ?? [];
        return (
          <section aria-label={`What ${task_id} builds on`}>
            <Text fw={550} mt="xs">
              Results it builds on
            </Text>
            <ul className={classes.list}>
              {before.map((task) => (
                <li key={task.task_id}>
                  <b>{task.task_id}</b>{' '}
                  <Text span c="dimmed">
                    {visible(task.output_preview?.slice(0, PREVIEW) ?? task.status)}
                  </Text>
                </li>
              ))}
              {list.map((artifact) => (
                <ArtifactLine key={artifact.artifact_id} job_id={job_id} artifact={artifact} />
              ))}
            </ul>
          </section>
        );
      }}
    </Reading>
  );
}

/** Characters of an output that are shown. */
const PREVIEW = 400;
