import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf, jsonOf, type Schemas } from '../client/client.ts';
import { ApiError, UnreachableError } from '../client/errors.ts';
import { isClosed } from '../contracts/status.ts';
import type { Context } from './context.ts';
import { style } from './output.ts';
import { drawn } from './view/drawn.ts';
import type { ShownJob } from './view/job.ts';

type Logs = Schemas['Logs'];
type Line = Logs['lines'][number];
type Task = Schemas['TaskView'];

/** So much of an attempt is compared with what was printed. */
const FOLLOWED_LINES = 100_000;
const LOOK_MS = 300;
const STREAMS = ['stdout', 'stderr'] as const;
/** Lines by which the place of what was printed is found again in a log that was cut at its beginning. */
const PLACE_LINES = 20;

/**
 * Prints the lines of a task, or of all, as they come, until the task or the job has ended. Outages of the API
 * are waited out once it has answered; no line is lost or doubled.
 * @param tail how many of each stream to begin with
 */
export async function followLogs(
  context: Context,
  job: string,
  task: string | undefined,
  tail: number,
): Promise<void> {
  const printed = new Map<string, Logs>();
  for (let answered = false; ; answered = true) {
    try {
      const view = await readJob(context, job);
      const tasks = view.tasks.filter((one) => task === undefined || one.task_id === task);
      if (task !== undefined && tasks.length === 0) await readLogs(context, job, task, {}); // says that there is none
      for (const one of tasks.filter(hasLogs)) {
        await printNews(context, job, one, printed, { tail, named: task === undefined });
      }
      if (isClosed(view.status) || (task !== undefined && tasks.every(isOver))) return;
    } catch (error) {
      if (!answered || !mayPass(error)) throw error;
    }
    await sleep(LOOK_MS);
  }
}

/** The job as it is. */
export const readJob = ({ api }: Context, job_id: string): Promise<ShownJob> =>
  dataOf(api.GET('/orchestrate/{job_id}/status', { params: { path: { job_id } } }));

/** What an attempt of a task has printed so far; the latest attempt unless another is named. */
export async function readLogs(
  { api }: Context,
  job_id: string,
  task_id: string,
  { attempt, tail }: { attempt?: number; tail?: number },
): Promise<Logs> {
  const query = {
    ...(attempt === undefined ? {} : { attempt }),
    ...(tail === undefined ? {} : { tail }),
  };
  const path = { job_id, task_id };
  return await jsonOf(api.GET('/orchestrate/{job_id}/task/{task_id}/logs', { params: { path, query } }));
}

/** Whether a task has begun to print. */
export const hasLogs = (task: Task): boolean => task.attempt > 0;

/** Prints lines, those of stderr in another colour, with the task's name before them where several are shown. */
export function printLines(
  { out }: Context,
  of: { task_id: string; attempt: number },
  lines: readonly Line[],
  named: boolean,
): void {
  const hasColours = style('red', 'x') !== 'x'; // where ours are shown, theirs are
  for (const { stream, text } of lines) {
    out.line({ ...of, stream, text });
    const shown = drawn(text, hasColours);
    const line = stream === 'stderr' ? style('yellow', shown) : shown;
    out.print(named ? `${style('dim', `${of.task_id} | `)}${line}` : line);
  }
}

async function printNews(
  context: Context,
  job: string,
  { task_id, attempt: latest }: Task,
  printed: Map<string, Logs>,
  { tail, named }: { tail: number; named: boolean },
): Promise<void> {
  const before = printed.get(task_id);
  // an attempt that ended between two looks is read to its end before the next one is
  for (let attempt = before?.attempt ?? latest; attempt <= latest; attempt++) {
    const logs = await readLogs(context, job, task_id, { attempt, tail: FOLLOWED_LINES });
    const known = before?.attempt === attempt ? before : undefined;
    const news = STREAMS.flatMap((stream) => {
      const now = logs.lines.filter((line) => line.stream === stream);
      return known
        ? newLines(
            known.lines.filter((line) => line.stream === stream),
            now,
          )
        : now.slice(-tail);
    });
    if (before && !known) context.out.note(`--- ${task_id}, attempt ${attempt}`);
    printLines(context, { task_id, attempt }, news, named);
    printed.set(task_id, logs);
  }
}

/** The lines of `now` after those of `before`; `now` may have lost its beginning. */
function newLines(before: readonly Line[], now: readonly Line[]): Line[] {
  const place = before.slice(-PLACE_LINES);
  const isPlace = (end: number) =>
    place.every((line, index) => now[end - place.length + index]?.text === line.text);
  if (isPlace(before.length)) return now.slice(before.length);
  for (let end = Math.min(now.length, before.length); end >= place.length; end--) {
    if (isPlace(end)) return now.slice(end);
  }
  return [...now];
}

const isOver = (task: Task): boolean => ['completed', 'failed', 'skipped', 'cancelled'].includes(task.status);

function mayPass(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ApiError && error.status >= 500);
}
