import { type ApiAddress, authorization, baseUrl, type Schemas } from './client.ts';
import { apiErrorOf, UnreachableError } from './errors.ts';
import { readFrames, type SseFrame } from './sse.ts';

type JobEvent = Schemas['JobEvent'];

/** Something quick: a line of a running command, or a piece of a model's text. */
export type LiveNote =
  | { kind: 'doorbell'; job_id: string; seq: number }
  | {
      kind: 'line';
      job_id: string;
      task_id: string;
      attempt: number;
      stream: 'stdout' | 'stderr';
      text: string;
      at: string;
    }
  | { kind: 'delta'; job_id: string; task_id: string | null; attempt: number; text: string; at: string };

/** What a stream of events says: an entry of a journal, or a live note (which may be lost, and is never truth). */
export type StreamItem = { event: JobEvent; note?: undefined } | { note: LiveNote; event?: undefined };

export interface FollowOptions extends ApiAddress {
  /** path of the stream, for instance `/orchestrate/j1/events`, with a query where it takes one */
  path: string;
  /** the id of the last event that is known; a number, or `latest` for the feed */
  after: number | 'latest';
  signal?: AbortSignal;
  /** the connection broke and is being made again */
  onLost?: (why: string) => void;
  /** it answers again */
  onBack?: () => void;
  /** it is connected: at first, and each time after a connection has ended */
  onOpen?: () => void;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;

/** What {@link follow} gives: {@link followFrames}, read as entries of a journal and live notes. */
export async function* follow(options: FollowOptions): AsyncGenerator<StreamItem, void> {
  for await (const frame of followFrames(options)) yield itemOf(frame);
}

/** A frame of a stream of events, read. */
export const itemOf = ({ id, data }: SseFrame): StreamItem =>
  id === undefined ? { note: JSON.parse(data) as LiveNote } : { event: JSON.parse(data) as JobEvent };

/**
 * Events after `after`, without gaps or doubles, until the job has closed or `signal` is aborted. When the connection
 * breaks, or the API restarts, it connects again with the last id for as long as it takes. Throws an ApiError, and
 * an UnreachableError only when the very first connection fails.
 */
export async function* followFrames(options: FollowOptions): AsyncGenerator<SseFrame, void> {
  const { signal, onLost, onBack, onOpen } = options;
  let lastId = options.after === 'latest' ? undefined : String(options.after);
  let pause = 0;
  let connected = false;
  let lost = false;
  while (!signal?.aborted) {
    const connection = await connect(options, lastId, signal);
    if (connection.kind === 'closed') return;
    if (connection.kind === 'failed') {
      if (signal?.aborted) return;
      if (!connected || !connection.mayPass) throw connection.error;
      if (!lost) onLost?.(connection.error.message);
      lost = true;
      pause = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pause * 2));
      await rest(pause, signal);
      continue;
    }
    if (lost) onBack?.();
    onOpen?.();
    connected = true;
    lost = false;
    let heard = false;
    try {
      for await (const frame of readFrames(connection.body)) {
        heard = true;
        if (frame.id !== undefined) lastId = frame.id;
        yield frame;
      }
    } catch {
      if (signal?.aborted) return;
      // the connection broke: the next one tells
    }
    // a server that takes connections and says nothing is not asked in a busy loop
    pause = heard ? 0 : Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pause * 2));
    if (pause > 0) await rest(pause, signal);
  }
}

type Connection =
  | { kind: 'open'; body: ReadableStream<Uint8Array> }
  | { kind: 'closed' }
  | { kind: 'failed'; error: Error; mayPass: boolean };

async function connect(
  options: FollowOptions,
  lastId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Connection> {
  const query = lastId === undefined ? `${options.path.includes('?') ? '&' : '?'}after=${options.after}` : '';
  const headers = {
    accept: 'text/event-stream',
    ...authorization(options),
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  };
  try {
    const response = await fetch(`${baseUrl(options)}${options.path}${query}`, { headers, signal });
    if (response.status === 204) return { kind: 'closed' };
    if (response.ok && response.body) return { kind: 'open', body: response.body };
    const error = apiErrorOf(response.status, await response.json().catch(() => undefined));
    return { kind: 'failed', error, mayPass: response.status >= 500 || response.status === 429 };
  } catch (error) {
    return { kind: 'failed', error: new UnreachableError(error), mayPass: true };
  }
}

function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
  });
}
