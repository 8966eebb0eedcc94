import type { ApiAddress } from '../../../client/client.ts';
import { ApiError } from '../../../client/errors.ts';
import { followFrames } from '../../../client/follow.ts';
import type { SseFrame } from '../../../client/sse.ts';
import type { JobEvent, LiveNote } from '../../../contracts/event.ts';
import type { HubMessage, Page, Subscription } from './messages.ts';

const PAUSE_MS = 500;

/** Takes the subscriptions of pages. */
export interface Hub {
  subscribe(page: Page, subscription: Subscription): void;
}

/**
 * The one connection of a browser for everything that its pages want to hear: a browser has six to a host, and two
 * streams a window would leave none for questions from the fourth window on. Pages with different keys have
 * different connections.
 */
export function createHub(): Hub {
  const streams = new Map<string, ManyStream>();
  const of = new Map<Page, ManyStream>();
  return {
    subscribe(page, subscription) {
      const key = subscription && JSON.stringify([subscription.url, subscription.api_key]);
      const stream =
        key === null ? undefined : (streams.get(key) ?? openMany(subscription!, () => streams.delete(key)));
      if (key !== null && stream) streams.set(key, stream);
      const before = of.get(page);
      if (before !== stream) before?.leave(page);
      if (stream === undefined || subscription === null) of.delete(page);
      else {
        of.set(page, stream);
        stream.join(page, subscription.jobs);
      }
    },
  };
}

interface ManyStream {
  join(page: Page, jobs: Readonly<Record<string, number>>): void;
  leave(page: Page): void;
}

/** What a page has of the jobs that it follows: the last `seq` of each. */
type Follows = Map<string, number>;

function openMany({ url, api_key }: NonNullable<Subscription>, onEmpty: () => void): ManyStream {
  const address: ApiAddress = { url, api_key: api_key ?? undefined };
  const pages = new Map<Page, Follows>();
  /** pages that know that they are connected */
  const opened = new Set<Page>();
  /** jobs of which nothing comes after a `seq` */
  const ended = new Map<string, number>();
  /** what the connection was asked for, by job; null: there is none */
  let asked: Follows | null = null;
  let position: number | 'latest' = 'latest';
  let connection = new AbortController();
  let connected = false;

  /** What all pages lack, from where the one that is furthest behind stands. */
  const wanted = (): Follows => {
    const all: Follows = new Map();
    for (const follows of pages.values()) {
      for (const [job_id, seq] of follows) {
        const isDone = seq >= (ended.get(job_id) ?? Infinity);
        if (!isDone) all.set(job_id, Math.min(all.get(job_id) ?? seq, seq));
      }
    }
    return all;
  };
  const tellAll = (message: HubMessage) => {
    for (const page of pages.keys()) page.send(message);
  };
  const onLost = () => {
    connected = false;
    opened.clear();
    tellAll({ kind: 'lost' });
    // the next one asks for what is missing now
    connection.abort();
  };
  const onOpen = () => {
    connected = true;
    for (const page of pages.keys()) welcome(page);
  };
  /** Reconnects if other jobs are wanted than were asked for, or earlier events. */
  const settle = () => {
    if (asked === null) return;
    const [want, had] = [wanted(), asked];
    const isSame = want.size === had.size && [...want].every(([id, seq]) => (had.get(id) ?? Infinity) <= seq);
    if (pages.size === 0 || !isSame) connection.abort();
  };
  const welcome = (page: Page) => {
    if (opened.has(page)) return;
    opened.add(page);
    page.send({ kind: 'open' });
  };

  const take = ({ id, event, data }: SseFrame) => {
    if (id !== undefined) position = Number(id);
    if (event === 'open') onOpen();
    else if (event === 'ended') {
      const { job_id } = JSON.parse(data) as { job_id: string };
      ended.set(job_id, asked?.get(job_id) ?? 0);
      asked?.delete(job_id);
    } else if (event === 'note') {
      const note = JSON.parse(data) as LiveNote;
      for (const [page, follows] of pages) {
        if (follows.has(note.job_id)) page.send({ kind: 'said', job_id: note.job_id, said: { note } });
      }
    } else if (event === 'job') takeOfJob(JSON.parse(data) as JobEvent);
    else tellAll({ kind: 'feed', event: JSON.parse(data) as JobEvent });
  };
  const takeOfJob = (event: JobEvent) => {
    const { job_id, seq } = event;
    if (asked?.has(job_id)) asked.set(job_id, seq);
    for (const [page, follows] of pages) {
      const last = follows.get(job_id);
      if (last === undefined || last >= seq) continue;
      follows.set(job_id, seq);
      page.send({ kind: 'said', job_id, said: { event } });
    }
  };

  const run = async () => {
    while (pages.size > 0) {
      asked = wanted();
      connection = new AbortController();
      const { signal } = connection;
      const jobs = [...asked].map(([job_id, seq]) => `${job_id}:${seq}`).join(',');
      const path = `/events?jobs=${encodeURIComponent(jobs)}`;
      try {
        const follow = { ...address, path, after: position, signal, onLost };
        for await (const frame of followFrames(follow)) {
          if (signal.aborted) break;
          take(frame);
        }
      } catch (error) {
        if (signal.aborted) continue;
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
          if (error.status === 401) tellAll({ kind: 'refused', message: error.message });
          break;
        }
        onLost();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
    asked = null;
    pages.clear();
    onEmpty();
  };

  return {
    join(page, jobs) {
      const before = pages.get(page);
      const follows: Follows = new Map(
        Object.entries(jobs).map(([job_id, seq]) => [job_id, Math.max(seq, before?.get(job_id) ?? 0)]),
      );
      pages.set(page, follows);
      if (asked === null) void run();
      else {
        settle();
        if (connected) welcome(page);
      }
    },
    leave(page) {
      pages.delete(page);
      opened.delete(page);
      settle();
    },
  };
}
