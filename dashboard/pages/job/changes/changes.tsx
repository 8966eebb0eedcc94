import { Select, Text } from '@mantine/core';
import { visibleName } from '../../../components/text/visible-name.ts';
import type { Schemas } from '../../../data/api.ts';
import type { Shown } from '../../../data/changes.ts';
import { useJob } from '../../../data/jobs.ts';
import { ChangedFiles } from './changed-files.tsx';
import classes from './changes.module.css';
import { MergeQueue } from './merge-queue.tsx';
import { RepositoryHead } from './repository-head.tsx';

interface Props {
  job: Schemas['Job'];
  /** whose changes are shown; null: those of the whole job */
  task_id: string | null;
  onTask(task_id: string | null): void;
  onSelect(task_id: string): void;
}

const WHOLE = 'whole';
const TASK = 'task ';

/** What a repository job changed, and what is on its way into its branch. */
export function Changes({ job, task_id, onTask, onSelect }: Props) {
  const { job_id, repository, finished_at } = job;
  const { base, status } = repository?.check ?? {};
  const moves = [base, status].some((check) => check === 'pending' || check === 'running');
  // that a check begins is no event
  useJob(job_id, { again: finished_at === null && (moves || (repository?.queue.length ?? 0) > 0) });
  if (!repository) return null;
  const changed = job.tasks.filter((task) => headOf(task) !== null);
  const shown = shownOf(job, task_id);
  return (
    <div className={classes.changes}>
      <RepositoryHead job_id={job_id} repository={repository} />
      <MergeQueue job={job} onSelect={onSelect} />
      <div>
        <Select
          label="Changes of"
          data={[
            { value: WHOLE, label: 'The whole job' },
            ...changed.map((task) => ({
              value: `${TASK}${task.task_id}`,
              label: `${visibleName(task.title)} (${task.task_id})`,
            })),
          ]}
          searchable={changed.length > 10}
          allowDeselect={false}
          value={task_id === null ? WHOLE : `${TASK}${task_id}`}
          onChange={(value) => onTask(value?.startsWith(TASK) ? value.slice(TASK.length) : null)}
          maw={420}
          mb="xs"
        />
        {shown === null ? (
          <Text c="dimmed">{task_id === null ? 'Nothing has landed yet.' : 'It changed nothing yet.'}</Text>
        ) : (
          <ChangedFiles key={shown.task_id ?? ''} shown={shown} />
        )}
      </div>
    </div>
  );
}

function shownOf({ job_id, repository, tasks }: Schemas['Job'], task_id: string | null): Shown | null {
  if (task_id === null) {
    if (!repository || repository.landed === 0 || repository.head_sha === null) return null;
    return { job_id, task_id, head_sha: repository.head_sha };
  }
  const head_sha = headOf(tasks.find((task) => task.task_id === task_id));
  return head_sha === null ? null : { job_id, task_id, head_sha };
}

/** The last commit of a task; null where it changed nothing. */
const headOf = (task: Schemas['TaskView'] | undefined): string | null => {
  const work = task?.repository;
  return work && work.files_changed > 0 ? work.head_sha : null;
};
