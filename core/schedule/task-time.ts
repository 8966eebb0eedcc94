import type { Task } from '../../contracts/plan.ts';

/** Tasks that take no longer than the job allows, in seconds, all attempts together; without a limit as they are. */
export function withinTime(tasks: Task[], seconds: number | undefined): Task[] {
  if (seconds === undefined) return tasks;
  return tasks.map((task) => ({
    ...task,
    timeout_seconds: Math.min(task.timeout_seconds, seconds),
    total_timeout_seconds: Math.min(task.total_timeout_seconds ?? seconds, seconds),
  }));
}
