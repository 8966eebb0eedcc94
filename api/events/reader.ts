import type { CommittedNote, JobEvent, LiveNote } from '../../contracts/event.ts';
import type { ApiDeps } from '../deps.ts';
import { createCatchUpTimer } from './catch-up-timer.ts';
import { type EventPage, type JobLocation, readEventPage } from './source.ts';

/**
 * The one reader of a job's journal in this process, shared by all who follow it. Workers send it what Temporal has. It
 * reads what was announced but does not arrive, and looks once a second while it receives nothing. It keeps the latest
 * events; a follower that is further behind reads the older ones itself. Each follower asks for what comes after the
 * last `seq` it has, so nothing is lost or repeated, and a slow one holds up nobody.
 */
export interface JobReader {
  /** What comes after `after`, perhaps nothing. */
  read(after: number): Promise<EventPage>;
  /** Leaves; the last follower to leave ends the reader. */
  leave(): void;
}

/** What a follower is told. */
export interface Follower {
  /** there are new events, or the job has closed */
  changed(): void;
  /** a line of a command, a piece of text */
  noted(note: LiveNote): void;
}

interface Shared {
  followers: Set<Follower>;
  read(after: number): Promise<EventPage>;
  end(): void;
}

const PAGE = 500;
const KEPT_EVENTS = 1000;
const POLL_MS = 1000;
/** Pauses between looks while what was announced is not there: a worker may have died before its commit. */
const AGAIN_MS = [20, 50, 100, 200, 400];

const readers = new WeakMap<ApiDeps, Map<string, Shared>>();

/** Joins the reader of a job, which is made for the first follower. */
export function followJob(
  deps: ApiDeps,
  job_id: string,
  follower: Follower,
  where: JobLocation = 'unknown',
): JobReader {
  const all = readers.get(deps) ?? new Map<string, Shared>();
  readers.set(deps, all);
  const shared = all.get(job_id) ?? startReader(deps, job_id, where);
  all.set(job_id, shared);
  shared.followers.add(follower);
  return {
    read: shared.read,
    leave() {
      if (!shared.followers.delete(follower) || shared.followers.size > 0) return;
      all.delete(job_id);
      shared.end();
    },
  };
}

function startReader(deps: ApiDeps, job_id: string, found: JobLocation): Shared {
  const followers = new Set<Follower>();
  /** the latest events, without gaps */
  let kept: JobEvent[] = [];
  /** the last `seq` known; null before the first read */
  let last: number | null = null;
  let closed = false;
  /** the highest `seq` that a notification announced */
  let announced = 0;
  let state: 'idle' | 'reading' | 'reading again' | 'ended' = 'idle';
  let where = found;

  const read = async (after: number): Promise<EventPage> => {
    try {
      const page = await readEventPage(deps, job_id, after, PAGE, where);
      if (where === 'unknown' && !page.closed) where = 'live';
      return page;
    } catch (error) {
      where = 'unknown';
      throw error;
    }
  };

  const take = (page: Pick<EventPage, 'events' | 'closed'>) => {
    const known = last ?? 0;
    const fresh = page.events.filter((event) => event.seq > known);
    kept = [...kept, ...fresh].slice(-KEPT_EVENTS);
    last = fresh.at(-1)?.seq ?? known;
    if (fresh.length === 0 && closed === page.closed) return;
    closed ||= page.closed;
    for (const follower of followers) follower.changed();
  };

  /** Reads all that is new, until the announced `seq` is there or was waited for long enough. */
  const catchUp = async () => {
    if (last === null || closed || state === 'ended') return;
    if (state !== 'idle') {
      state = 'reading again';
      return;
    }
    try {
      let look = 0;
      while (!closed) {
        state = 'reading';
        const page = await read(last);
        // a follower may have left, the last one even, while this was read
        if (isEnded()) return;
        take(page);
        if (page.events.length > 0) look = 0;
        const isFull = page.events.length === PAGE;
        const pause = page.events.length > 0 ? 0 : AGAIN_MS[look++];
        // what was announced is not in the history, and will be announced again if it ever is
        if (pause === undefined) announced = Math.min(announced, last);
        if (pause === undefined || !(isFull || isBehind() || isAskedAgain())) break;
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        // it may have come by itself meanwhile
        if (!isFull && !isBehind() && !isAskedAgain()) break;
      }
    } catch (error) {
      deps.log.debug({ job_id, err: error }, 'events could not be read; the next second tries again');
    } finally {
      if (!isEnded()) state = 'idle';
    }
  };
  const isBehind = () => last !== null && last < announced;
  const isEnded = () => state === 'ended';
  const isAskedAgain = () => state === 'reading again';

  const catchUpTimer = createCatchUpTimer(() => void catchUp());

  /** Takes events that a worker sent; where some before them are missing, they are read. */
  const receive = ({ events, closed: isLast }: CommittedNote) => {
    const [first, end] = [events[0]!.seq, events.at(-1)!.seq];
    announced = Math.max(announced, end);
    if (last === null || closed) return;
    if (first > last + 1) return catchUpTimer.notified({});
    if (end > last) take({ events, closed: isLast });
    catchUpTimer.received(isBehind());
  };
  const unsubscribe = deps.notes.subscribe(job_id, (note) => {
    if (note.kind === 'committed') receive(note);
    else if (note.kind === 'doorbell') {
      announced = Math.max(announced, note.seq);
      if (isBehind()) catchUpTimer.notified(note);
    } else {
      for (const follower of followers) follower.noted(note);
    }
  });
  const timer = setInterval(() => {
    if (isBehind() || !catchUpTimer.hasReceived(POLL_MS)) void catchUp();
  }, POLL_MS);

  return {
    followers,
    async read(after) {
      const first = kept[0]?.seq;
      if (first !== undefined && last !== null && after >= first - 1 && after <= last) {
        const events = kept.slice(after - first + 1, after - first + 1 + PAGE);
        return { events, closed: closed && (events.at(-1)?.seq ?? after) === last, last_seq: last };
      }
      const page = await read(after);
      // the first follower settles where the shared part begins
      last ??= Math.min(after, page.last_seq);
      if (after === last) take(page);
      if (isBehind()) catchUpTimer.notified({});
      return page;
    },
    end() {
      state = 'ended';
      clearInterval(timer);
      catchUpTimer.end();
      unsubscribe();
    },
  };
}
