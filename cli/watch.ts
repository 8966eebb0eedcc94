import { dataOf } from '../client/client.ts';
import { follow } from '../client/follow.ts';
import type { JobEvent } from '../contracts/event.ts';
import { isClosed } from '../contracts/status.ts';
import { CLI } from './called.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit.ts';
import type { ShownJob } from './view/job.ts';
import { lineScreen } from './watch/lines.ts';
import { type Screen, silentScreen } from './watch/screen.ts';

export interface WatchOptions {
  /** stop looking after so long; the job goes on */
  timeout_seconds?: number;
  /** called for every event; the next one waits for it. `say` prints between what is shown. */
  onEvent?: (event: JobEvent, say: (text: string) => void) => Promise<void>;
}

/** The exit code that tells how a job ended. */
export const exitOf = (job: ShownJob): number => (job.status === 'completed' ? EXIT.ok : EXIT.not_completed);

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
  const timer = new AbortController();
  const seconds = options.timeout_seconds;
  const timeout = seconds === undefined ? undefined : setTimeout(() => timer.abort(), seconds * 1000);
  const leave = () => {
    screen.close();
    context.out.note(`No longer looking; the job goes on: ${CLI} watch ${job_id}`);
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
      screen.event(event);
      await options.onEvent?.(event, screen.say);
    }
    const last = await read();
    screen.end(last);
    if (!isClosed(last.status)) context.out.note(`The time is up; the job goes on: ${CLI} watch ${job_id}`);
    return last;
  } finally {
    clearTimeout(timeout);
    process.removeListener('SIGINT', leave);
    screen.close();
  }
}

async function screenFor({ out }: Context, first: ShownJob, read: () => Promise<ShownJob>): Promise<Screen> {
  if (out.json) return silentScreen;
  if (!out.live) return lineScreen(out, first);
  const { liveScreen } = await import('./watch/live.ts');
  return liveScreen(first, read);
}
