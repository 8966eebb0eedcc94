import type { StreamItem } from '../../client/follow.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { reportLost } from './connection.ts';
import { connectToHub } from './live/connect.ts';
import type { HubMessage, Subscription } from './live/messages.ts';
import { currentSession, refused } from './session.ts';

/** Follows the feed of all jobs. */
interface FeedReader {
  onEvent(event: JobEvent): void;
  /** the connection is there: what was read before it may be older than its first event */
  onBegun(): void;
  /** the connection is there again, after the service was away or the tab was hidden: something may have been missed */
  onBack(): void;
}

/** Follows one job. */
interface JobReader {
  /** the last `seq` that it has */
  after: number;
  /** called with everything that comes, in order and once */
  onSaid(said: StreamItem): void;
  onBack(): void;
}

const feeds = new Set<FeedReader>();
const jobs = new Map<string, JobReader>();
/** readers that were told that they are connected */
const begun = new WeakSet<FeedReader | JobReader>();
let send: ((subscription: Subscription) => void) | undefined;

/**
 * Follows the events of all jobs from now on, until the function it gives is called: over restarts of the service. While
 * the tab is hidden nothing is followed.
 */
export function followFeed(reader: FeedReader): () => void {
  feeds.add(reader);
  subscribe();
  return () => {
    feeds.delete(reader);
    subscribe();
  };
}

/** Follows the journal and the live notes of one job, as {@link followFeed} does; one reader to a job. */
export function followJob(job_id: string, reader: JobReader): () => void {
  jobs.set(job_id, reader);
  subscribe();
  return () => {
    jobs.delete(job_id);
    subscribe();
  };
}

function subscribe(): void {
  if (send === undefined) {
    send = connectToHub(receive);
    document.addEventListener('visibilitychange', subscribe);
    window.addEventListener('pagehide', () => send?.(null));
    window.addEventListener('pageshow', subscribe);
  }
  const nothing = document.hidden || feeds.size + jobs.size === 0;
  if (nothing) reportLost(false);
  send(
    nothing
      ? null
      : {
          url: window.location.origin,
          api_key: currentSession().api_key,
          jobs: Object.fromEntries([...jobs].map(([job_id, { after }]) => [job_id, after])),
        },
  );
}

function receive(message: HubMessage): void {
  if (message.kind === 'said') {
    const reader = jobs.get(message.job_id);
    const { event } = message.said;
    // what was on its way while another subscription was sent
    if (reader === undefined || (event !== undefined && event.seq <= reader.after)) return;
    if (event !== undefined) reader.after = event.seq;
    reader.onSaid(message.said);
  } else if (message.kind === 'feed') for (const { onEvent } of feeds) onEvent(message.event);
  else if (message.kind === 'refused') refused(message.message);
  else if (message.kind === 'lost') reportLost(true);
  else {
    reportLost(false);
    for (const reader of [...feeds, ...jobs.values()]) {
      if (begun.has(reader)) reader.onBack();
      else if ('onBegun' in reader) reader.onBegun();
      begun.add(reader);
    }
  }
}
