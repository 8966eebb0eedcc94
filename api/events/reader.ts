import type { JobEvent, LiveNote } from '../../contracts/event.ts';
import type { ApiDeps } from '../deps.ts';
import { type EventPage, readEventPage } from './source.ts';

/**
 * The one reader of a job's journal in this process, shared by all who follow it. It reads what is new when the
 * doorbell rings and once a second, and keeps the latest events; who is further behind reads for himself. Each
 * follower asks for what comes after the last `seq` that he has, so nothing is lost or doubled, and a slow one
 * holds up nobody.
 */
export interface JobReader {
  /** What comes after `after`, perhaps nothing. */
  read(after: number): Promise<EventPage>;
  /** Leaves; the last follower to leave ends the reader. */
  leave(): void;
}

/** What a follower wants to hear of. */
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
/**
 * The bell comes a little before the commit: how long to wait before the first look, and before the next ones while
 * what it promised is not there. A look too early costs the worker a query for nothing.
 */
const BELL_LEAD_MS = 8;
const RUNG_PAUSES_MS = [5, 10, 20, 50, 100, 200, 400];

const readers = new WeakMap<ApiDeps, Map<string, Shared>>();

/** Joins the reader of a job, which is made for the first follower. */
export function followJob(deps: ApiDeps, job_id: string, follower: Follower): JobReader {
  const all = readers.get(deps) ?? new Map<string, Shared>();
  readers.set(deps, all);
  const shared = all.get(job_id) ?? startReader(deps, job_id);
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

function startReader(deps: ApiDeps, job_id: string): Shared {
  const followers = new Set<Follower>();
  /** the latest events, without gaps */
  let kept: JobEvent[] = [];
  /** the last `seq` known; null before the first read */
  let last: number | null = null;
  let closed = false;
  /** the highest `seq` that a doorbell told of */
  let promised = 0;
  let state: 'idle' | 'reading' | 'reading again' | 'ended' = 'idle';

  const take = (page: EventPage) => {
    const known = last ?? 0;
    const fresh = page.events.filter((event) => event.seq > known);
    kept = [...kept, ...fresh].slice(-KEPT_EVENTS);
    last = fresh.at(-1)?.seq ?? known;
    if (fresh.length === 0 && closed === page.closed) return;
    closed ||= page.closed;
    for (const follower of followers) follower.changed();
  };

  /** Reads all that is new, until the promised `seq` is there or was long enough waited for. */
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
        const page = await readEventPage(deps, job_id, last, PAGE);
        // a follower may have left, the last one even, while this was read
        if (isEnded()) return;
        take(page);
        if (page.events.length > 0) look = 0;
        const isBehind = page.events.length === PAGE || last < promised || isAskedAgain();
        const pause = page.events.length > 0 ? 0 : RUNG_PAUSES_MS[look++];
        if (!isBehind || pause === undefined) break;
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      }
    } catch (error) {
      deps.log.debug({ job_id, err: error }, 'events could not be read; the next second tries again');
    } finally {
      if (!isEnded()) state = 'idle';
    }
  };
  const isEnded = () => state === 'ended';
  const isAskedAgain = () => state === 'reading again';

  let lead: NodeJS.Timeout | undefined;
  const unsubscribe = deps.notes.subscribe(job_id, (note) => {
    if (note.kind === 'doorbell') {
      promised = Math.max(promised, note.seq);
      lead ??= setTimeout(() => {
        lead = undefined;
        void catchUp();
      }, BELL_LEAD_MS);
    } else {
      for (const follower of followers) follower.noted(note);
    }
  });
  const timer = setInterval(() => void catchUp(), POLL_MS);

  return {
    followers,
    async read(after) {
      const first = kept[0]?.seq;
      if (first !== undefined && last !== null && after >= first - 1 && after <= last) {
        const events = kept.slice(after - first + 1, after - first + 1 + PAGE);
        return { events, closed: closed && (events.at(-1)?.seq ?? after) === last, last_seq: last };
      }
      const page = await readEventPage(deps, job_id, after, PAGE);
      // the first follower settles where the shared part begins
      last ??= Math.min(after, page.last_seq);
      if (after === last) take(page);
      return page;
    },
    end() {
      state = 'ended';
      clearInterval(timer);
      clearTimeout(lead);
      unsubscribe();
    },
  };
}
