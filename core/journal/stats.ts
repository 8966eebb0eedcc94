import type { TaskStatus } from '../../contracts/status.ts';
import { TASK_STATUSES } from '../../contracts/task-statuses.ts';
import type { Stats } from '../../contracts/view.ts';
import type { TaskState } from '../state/job-state.ts';

/** How many tasks are in each status. */
export function stats(tasks: readonly Pick<TaskState, 'status'>[]): Stats {
  const counts = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
  for (const task of tasks) counts[task.status] += 1;
  return { total: tasks.length, ...counts };
}
