import { dataOf } from '../client/client.ts';
import { follow } from '../client/follow.ts';
import type { JobEvent } from '../contracts/event.ts';
import { isClosed } from '../contracts/status.ts';
import { CLI } from './called.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit.ts';
import { storedEvents } from './stored-events.ts';
import { needsPerson, type ShownJob } from './view/job.ts';
import { lineScreen } from './watch/lines.ts';
import { type Screen, silentScreen } from './watch/screen.ts';

export interface WatchOptions {
  /** stop looking after so long; the job goes on */
  timeout_seconds?: number;
  /** stop watching as soon as nothing can continue without a person: for scripts, which can do nothing about it */
  until_person?: boolean;
  /** called for every event; the next one waits for it. `say` prints between what is shown. */
  onEvent?: (event: JobEvent, say: (text: string) => void) => Promise<void>;
}

/** The exit code that tells how a job ended, or that it waits for a person. */
export function exitOf(job: ShownJob): number {
  if (needsPerson(job)) return EXIT.person_needed;
  return job.status === 'completed' ? EXIT.ok : EXIT.not_completed;
}

/**
 * Shows a job until it has ended, or the time is up, and gives its last view. Outages of the API are waited out once it
 * has answered. Throws what the first request throws.
 */
export async function watchJob(
  context: Context,
  job_id: string,
  options: WatchOptions = {},
): Promise<ShownJob> {
  const read = () =>
    dataOf(context.api.GET('/orchestrate/{job_id}/status', { params: { path: { job_id } } }));
  const screen = await screenFor(context, await read(), read);
  const isStuck = stuckDetector(read);
  const show = async (event: JobEvent) => {
    screen.event(event);
    await options.onEvent?.(event, screen.say);
  };
  const timer = new AbortController();
  const seconds = options.timeout_seconds;
  const timeout = seconds === undefined ? undefined : setTimeout(() => timer.abort(), seconds * 1000);
  const leave = () => {
    screen.close();
    context.out.note(`No longer watching; the job continues: ${CLI} watch ${job_id}`);
    process.exit(130);
  };
  process.once('SIGINT', leave);
  try {
    const stream = follow({
      ...context.address,
      path: `/orchestrate/${encodeURIComponent(job_id)}/events`,
      after: 0,
      signal: timer.signal,
      onLost: (why) => screen.lost(why),
      onBack: () => screen.back(),
    });
    for await (const { event, note } of stream) {
      if (note) screen.note(note);
      if (!event) continue;
      await show(event);
      if (!options.until_person || !(await isStuck(event))) continue;
      // the job may be ahead of its stream
      for await (const later of storedEvents(context, job_id, event.seq)) await show(later);
      break;
    }
    const last = await read();
    screen.end(last);
    if (!isClosed(last.status)) context.out.note(whyLeft(last));
    return last;
  } finally {
    clearTimeout(timeout);
    process.removeListener('SIGINT', leave);
    screen.close();
  }
}

/** Tells after an event whether the job waits for a person; looks at the job only where that may be. */
function stuckDetector(read: () => Promise<ShownJob>): (event: JobEvent) => Promise<boolean> {
  let asked = false;
  return async ({ type }) => {
    asked ||= CALLS.has(type);
    return asked && (CALLS.has(type) || ENDS.has(type)) && needsPerson(await read());
  };
}

/** Events that ask for a person, and those after which nothing else may be under way. */
const CALLS: ReadonlySet<string> = new Set([
  'plan.proposed',
  'approval.requested',
  'task.blocked',
  'job.needs_review',
]);
const ENDS: ReadonlySet<string> = new Set(['task.completed', 'task.failed', 'task.skipped']);

/** What is true of a job that one no longer looks at, and what to do. */
function whyLeft(job: ShownJob): string {
  const { job_id, status } = job;
  if (status === 'awaiting_approval')
    return `The plan waits for you: ${CLI} plan ${job_id}, then approve, reject or revise it.`;
  if (needsPerson(job)) return `The job waits for you; what you can do: ${CLI} status ${job_id}`;
  if (status === 'paused') return `Time is up; the job is paused: ${CLI} resume ${job_id}`;
  return `Time is up; the job continues: ${CLI} watch ${job_id}`;
}

async function screenFor({ out }: Context, first: ShownJob, read: () => Promise<ShownJob>): Promise<Screen> {
  if (out.json) return silentScreen;
  if (!out.live) return lineScreen(out, first);
  const { liveScreen } = await import('./watch/live.ts');
  return liveScreen(first, read);
}
