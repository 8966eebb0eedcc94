import type { Schemas } from '../../../../client/client.ts';
import type { MergeStatus } from '../../../../contracts/repository/view.ts';

/** A task whose work is on its way into the branch, and how it stands. */
export interface QueueRow {
  task_id: string;
  title: string;
  work: NonNullable<Schemas['TaskView']['repository']>;
  /** its place in the queue, from 1; null: it is not in it */
  place: number | null;
}

const ENDED: readonly Schemas['TaskStatus'][] = ['completed', 'skipped', 'cancelled'];
/** What is not in the queue, in the order that it is shown. */
const BESIDE: readonly MergeStatus[] = ['conflict', 'waiting', 'taken_back'];

/** Who is being checked, who waits in the queue, and whose work does not merge or was taken back. */
export function queueRows({ repository, tasks }: Pick<Schemas['Job'], 'repository' | 'tasks'>): QueueRow[] {
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const queued = (repository?.queue ?? []).flatMap((task_id) => byId.get(task_id) ?? []);
  const inQueue = queued
    .sort((a, b) => Number(isChecked(b)) - Number(isChecked(a)))
    .flatMap((task, index) => rowOf(task, index + 1));
  const known = new Set(inQueue.map(({ task_id }) => task_id));
  const beside = BESIDE.flatMap((merge) =>
    tasks
      .filter(
        ({ task_id, status, repository: work }) =>
          work?.merge === merge && !known.has(task_id) && !ENDED.includes(status),
      )
      .flatMap((task) => rowOf(task, null)),
  );
  return [...inQueue, ...beside];
}

const isChecked = ({ repository: work }: Schemas['TaskView']): boolean => work?.merge === 'checking';

const rowOf = (
  { task_id, title, repository: work }: Schemas['TaskView'],
  place: number | null,
): QueueRow[] => (work ? [{ task_id, title, work, place }] : []);
