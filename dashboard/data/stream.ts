import { ApiError } from '../../client/errors.ts';
import { followFrames, type Said, saidOf } from '../../client/follow.ts';
import type { SseFrame } from '../../client/sse.ts';
import { address } from './api.ts';
import { reportStream } from './connection.ts';
import { mayPass } from './query-client.ts';
import { refused } from './session.ts';

/** Which stream is followed. */
interface Stream {
  /** path of the stream, for instance `/events` */
  path: string;
  /** the id of the last event that is known; or `latest`, for the feed of all jobs */
  after: number | 'latest';
  /** called when the connection is there again, after the service was away or the tab was hidden */
  onBack?(): void;
}

const PAUSE_MS = 500;

/** {@link openFrames} of a stream of entries of journals and live notes: `onSaid` gets all of them, in order. */
export const openStream = ({ onSaid, ...stream }: Stream & { onSaid(said: Said): void }): (() => void) =>
  openFrames({ ...stream, onFrame: (frame) => onSaid(saidOf(frame)) });

/**
 * Follows a stream of events until the function it gives is called: over restarts of the service, from the last id on.
 * While the tab is hidden there is no connection (a browser has six to a host, which its tabs share); it is caught up
 * with when it is seen again.
 * @param stream.onFrame called with everything that came, in order
 */
export function openFrames(stream: Stream & { onFrame(frame: SseFrame): void }): () => void {
  const { path, after, onFrame, onBack } = stream;
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
        for await (const frame of followFrames({ ...address(), path, after: last, signal, onLost, onOpen })) {
          if (signal.aborted) return;
          if (frame.id !== undefined && last !== 'latest') last = Number(frame.id);
          onFrame(frame);
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
