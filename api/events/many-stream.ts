import { ProblemError } from '../../contracts/error.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { findJob } from '../jobs/find-job.ts';
import { feedFrame, feedTexts } from './feed-stream.ts';
import { jobTexts } from './job-stream.ts';
import { createNotifier } from './notifier.ts';
import type { JobLocation } from './source.ts';
import { streamAnswer, type Texts, toText } from './sse.ts';

/** A job that is followed, and the last `seq` that the client has of it. */
export interface Followed {
  job_id: string;
  after: number;
}

const RETRY_MS = 1000;

/**
 * The feed of all jobs and the journals of some in one stream, so that all windows of a browser need one connection:
 * `open` first, with the position that is begun from as its id; entries of the feed, by their types; then, all
 * without ids, `job` with an event of a followed job, `note` with a live note of one, and `ended` with the id of one
 * of which nothing more will come, or which is not there.
 */
export async function manyStream(
  deps: ApiDeps,
  sees: Sees,
  { after, jobs }: { after: number; jobs: readonly Followed[] },
): Promise<Response> {
  const feed = await feedTexts(deps, sees, after, feedFrame);
  const texts = merged([feed, ...jobs.map((job) => textsOf(deps, sees, job))]);
  return streamAnswer(async function* (signal) {
    yield toText({ id: after, event: 'open', data: {} });
    yield* texts(signal);
  }, deps.stopping);
}

function textsOf(deps: ApiDeps, sees: Sees, { job_id, after }: Followed): Texts {
  return async function* (signal) {
    const where = await whereIs(deps, sees, job_id, signal);
    if (where) {
      const texts = await jobTexts(deps, job_id, after, { named: 'job', patient: true, where });
      if (texts) yield* texts(signal);
    }
    if (!signal.aborted) yield toText({ event: 'ended', data: { job_id } });
  };
}

/** Where such a job is, or null where the caller sees none; while Temporal can't be asked, that is waited for. */
async function whereIs(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
  signal: AbortSignal,
): Promise<JobLocation | null> {
  const notifier = createNotifier();
  signal.addEventListener('abort', notifier.notify, { once: true });
  while (!signal.aborted) {
    try {
      return (await findJob(deps, sees, job_id)) ? 'archived' : 'live';
    } catch (error) {
      if (error instanceof ProblemError && error.problem.code === 'not_found') return null;
      await notifier.wait(RETRY_MS);
    }
  }
  return null;
}

/** What several say, as it comes. Each is asked for its next text when the last one was taken. */
function merged(all: readonly Texts[]): Texts {
  return async function* (signal) {
    const generators = all.map((texts) => texts(signal));
    const next = (index: number) => generators[index]!.next().then((result) => ({ index, result }));
    const waiting = new Map(generators.map((_, index) => [index, next(index)]));
    try {
      while (waiting.size > 0) {
        const { index, result } = await Promise.race(waiting.values());
        if (result.done) waiting.delete(index);
        else {
          yield result.value;
          waiting.set(index, next(index));
        }
      }
    } finally {
      await Promise.all(generators.map((generator) => generator.return()));
    }
  };
}
