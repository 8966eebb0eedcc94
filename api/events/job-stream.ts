import type { JobEvent, LiveNote } from '../../contracts/event.ts';
import type { ApiDeps } from '../deps.ts';
import { createNotifier } from './notifier.ts';
import { followJob, type JobReader } from './reader.ts';
import type { EventPage, JobLocation } from './source.ts';
import { type Frame, HEARTBEAT, HEARTBEAT_MS, streamAnswer, type Texts, toText } from './sse.ts';

/** Notes that wait for a slow client; older ones are dropped, they are never truth. */
const KEPT_NOTES = 1000;
const RETRY_MS = 1000;

/** How a stream of a job is told. */
interface Telling {
  /** how an event is said, if at all; there are no live notes then */
  toFrames?: (event: JobEvent) => Promise<Frame[]>;
  /** the name of every event, which has then no id; left out: its type */
  named?: string;
  /** whether a first read that fails is waited out, as later ones are */
  patient?: boolean;
  /** where the job was found to be */
  where?: JobLocation;
}

/**
 * The events of a job after `after` as server-sent events, live until the job closes, with live notes between them.
 * 204 when it has closed and there is nothing more. Throws what the first read throws; later failures
 * are waited out.
 */
export async function jobStream(
  deps: ApiDeps,
  job_id: string,
  after: number,
  telling: Pick<Telling, 'toFrames' | 'where'>,
): Promise<Response> {
  const texts = await jobTexts(deps, job_id, after, telling);
  return texts ? streamAnswer(texts, deps.stopping) : new Response(null, { status: 204 });
}

/** What {@link jobStream} says; null when the job has closed and there is nothing more. Throws as that does. */
export async function jobTexts(
  deps: ApiDeps,
  job_id: string,
  after: number,
  { toFrames, named, patient = false, where }: Telling,
): Promise<Texts | null> {
  const notifier = createNotifier();
  const notes: LiveNote[] = [];
  const follower = {
    changed: notifier.notify,
    noted(note: LiveNote) {
      if (toFrames) return;
      notes.push(note);
      if (notes.length > KEPT_NOTES) notes.shift();
      notifier.notify();
    },
  };
  const reader = followJob(deps, job_id, follower, where);
  let first: EventPage | null;
  try {
    first = await (patient ? readOrNull(deps, reader, after) : reader.read(after));
  } catch (error) {
    reader.leave();
    throw error;
  }
  if (first?.closed && first.events.length === 0) {
    reader.leave();
    return null;
  }
  return async function* (signal) {
    signal.addEventListener('abort', notifier.notify, { once: true });
    try {
      let seen = after;
      for (let page = first; !signal.aborted; page = await readOrNull(deps, reader, seen)) {
        for (const event of page?.events ?? []) {
          const frames = toFrames ? await toFrames(event) : [{ event: named ?? event.type, data: event }];
          // the last one has the id: who loses the connection before it gets all of them again
          for (const [index, frame] of frames.entries()) {
            const isLast = index === frames.length - 1 && named === undefined;
            yield toText({ ...(isLast ? { id: event.seq } : {}), ...frame });
          }
          seen = event.seq;
          if (signal.aborted) return;
        }
        if (page?.closed) return;
        if (page && page.events.length > 0) continue;
        for (const note of notes.splice(0)) yield toText({ event: 'note', data: note });
        const notified = await notifier.wait(page ? HEARTBEAT_MS : RETRY_MS);
        if (!notified && page) yield HEARTBEAT;
      }
    } finally {
      reader.leave();
    }
  };
}

async function readOrNull(deps: ApiDeps, reader: JobReader, after: number): Promise<EventPage | null> {
  try {
    return await reader.read(after);
  } catch (error) {
    deps.log.debug({ err: error }, 'events could not be read for a while');
    return null;
  }
}
