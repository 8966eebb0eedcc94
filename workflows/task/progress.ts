import { CancellationScope, patched, sleep } from '@temporalio/workflow';
import type { Report, Task } from './context.ts';
import type { ToolUser } from './tool-user.ts';

/** Reports that an agent is working are journaled once in so many milliseconds; of more the last one is. */
const WORKING_MS = 10_000;

/** Passes on what an agent says of its progress. Only that it is working may be thinned out, and never its last word. */
export async function reportProgress(
  { task, request }: ToolUser,
  given: Record<string, unknown>,
): Promise<void> {
  const { status, message, output = given.result } = given;
  const { led_by } = request;
  const more = led_by === undefined || output === undefined ? {} : { output };
  const report = { attempt: request.attempt, data: { status, message, ...more } };
  const left = task.progress_at + WORKING_MS - Date.now();
  // what stops an agent was told to its boss at once from the beginning
  const urgent = led_by !== undefined && (status === 'blocked' || status === 'error');
  if (urgent || left <= 0) return await tell(task, report);
  if (!patched('last-word-of-progress')) return;
  if (status !== 'working') return await tell(task, report);
  if (task.held_progress) Object.assign(task.held_progress, report);
  else hold(task, report, left);
}

/** The wait ends with the attempt at the latest, which passes on what is held then. */
function hold(task: Task, report: Report, milliseconds: number): void {
  const timer = new CancellationScope();
  task.held_progress = { ...report, timer };
  void timer
    .run(() => sleep(milliseconds))
    .then(() => flushProgress(task))
    .catch(() => undefined);
}

/** Passes on the report that waits for its time, if one does: now is the last chance, or its time has come. */
export async function flushProgress(task: Task): Promise<void> {
  const { held_progress } = task;
  if (held_progress) await CancellationScope.nonCancellable(() => tell(task, held_progress));
}

/** What was held before it is out of date. */
async function tell(task: Task, { attempt, data }: Report): Promise<void> {
  task.held_progress?.timer.cancel();
  task.held_progress = null;
  task.progress_at = Date.now();
  await task.job.report(attempt, 'task.progress', data);
}
