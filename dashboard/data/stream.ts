import { ApiError } from '../../client/errors.ts';
import { follow, type Said } from '../../client/follow.ts';
import { address } from './api.ts';
import { reportStream } from './connection.ts';
import { mayPass } from './query-client.ts';
import { refused } from './session.ts';

/** What is followed. */
export interface StreamOptions {
  /** path of the stream, for instance `/events` */
  path: string;
  /** the `seq` of the last event that is known; or `latest`, for the feed of all jobs */
  after: number | 'latest';
  /** called with everything that came, in order */
  onSaid(said: Said): void;
  /** called when the connection is there again, after the service was away or the tab was hidden */
  onBack?(): void;
}

const PAUSE_MS = 500;

/**
 * Follows a stream of events until the function it gives is called: over restarts of the service, from the last id on.
 * While the tab is hidden there is no connection (a browser has six to a host, which its tabs share); it is caught up
 * with when it is seen again.
 */
export function openStream({ path, after, onSaid, onBack }: StreamOptions): () => void {
  let last = after;
  let ended = false;
  let opened = false;
  let connection: AbortController | undefined;

  const onOpen = () => {
    reportStream(path, false);
    if (opened) onBack?.();
    opened = true;
  };
  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const onLost = () => reportStream(path, true);
      try {
        for await (const said of follow({ ...address(), path, after: last, signal, onLost, onOpen })) {
          if (signal.aborted) return;
          if (said.event && last !== 'latest') last = said.event.seq;
          onSaid(said);
        }
        ended = true;
        reportStream(path, false);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.status === 401) refused(error.message);
        if (!mayPass(error)) return;
        onLost();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  };
  const look = () => {
    if (document.hidden) {
      connection?.abort();
      connection = undefined;
      reportStream(path, false);
    } else if (connection === undefined && !ended) {
      connection = new AbortController();
      void run(connection.signal);
    }
  };
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    connection?.abort();
    reportStream(path, false);
  };
}
