import type { LiveJob } from '../contracts/telemetry.ts';
import { type JobState, jobStatus, plannedTasks, taskStateOf } from './job-state.ts';
import { waitingApprovals } from './waiting.ts';

/** The job in numbers, as it stands. */
export function liveJob(state: JobState): LiveJob {
  const tasks = plannedTasks(state).map(({ task_id }) => taskStateOf(state, task_id));
  return {
    status: jobStatus(state),
    tasks: countBy(tasks.map((task) => task?.status ?? 'pending')),
    approvals: countBy(waitingApprovals(state, state.created_at).map(({ kind }) => kind)),
    parked: tasks.filter((task) => task?.status === 'running' && task.parked_until !== null).length,
  };
}

function countBy<K extends string>(keys: readonly K[]): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
