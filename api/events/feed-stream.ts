import type { FeedEntry } from '../../store/index.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { turnsOf } from '../turns.ts';
import { createNotifier } from './notifier.ts';
import { type Frame, HEARTBEAT, HEARTBEAT_MS, streamAnswer, type Texts, toText } from './sse.ts';

const PAGE = 500;
const POLL_MS = 1000;
/** Events are written to the database up to a second after the notification; looking sooner than this finds nothing. */
const AFTER_NOTIFICATION_MS = 100;

/** An entry of the feed as the API says it: its id is the position. */
export const feedFrame = ({ position, event }: FeedEntry): Frame => ({
  id: position,
  event: event.type,
  data: event,
});

/**
 * The events of all jobs of an owner (null: of everybody) after a position, as server-sent events, for as long as the
 * client stays.
 * @param toFrame how an event is said
 */
export async function feedStream(
  deps: ApiDeps,
  owner: Sees,
  after: number,
  toFrame: (entry: FeedEntry) => Frame = feedFrame,
): Promise<Response> {
  const texts = await feedTexts(deps, owner, after, toFrame);
  return streamAnswer(texts, deps.stopping);
}

/** What {@link feedStream} says. Throws what the first read throws; later failures are waited out. */
export async function feedTexts(
  deps: ApiDeps,
  owner: Sees,
  after: number,
  toFrame: (entry: FeedEntry) => Frame,
): Promise<Texts> {
  const read = (after_position: number) =>
    turnsOf(deps)(`feed ${JSON.stringify([owner, after_position])}`, () =>
      deps.store.readFeed({ owner, after_position, limit: PAGE }),
    );
  const first = await read(after);
  return async function* (signal) {
    const notifier = createNotifier();
    signal.addEventListener('abort', notifier.notify, { once: true });
    const unsubscribe = deps.notes.subscribe('*', (note) => {
      if (note.kind === 'doorbell') notifier.notify();
    });
    try {
      let seen = after;
      let quietSince = Date.now();
      for (let entries = first; !signal.aborted; entries = await readOrNothing(seen)) {
        for (const entry of entries) {
          yield toText(toFrame(entry));
          seen = entry.position;
          quietSince = Date.now();
          if (signal.aborted) return;
        }
        if (entries.length === PAGE) continue;
        if (Date.now() - quietSince >= HEARTBEAT_MS) {
          yield HEARTBEAT;
          quietSince = Date.now();
        }
        const notified = await notifier.wait(POLL_MS);
        if (notified && !signal.aborted)
          await new Promise((resolve) => setTimeout(resolve, AFTER_NOTIFICATION_MS));
      }
    } finally {
      unsubscribe();
    }
  };

  async function readOrNothing(seen: number) {
    try {
      return await read(seen);
    } catch (error) {
      deps.log.debug({ err: error }, 'the feed could not be read for a while');
      return [];
    }
  }
}
