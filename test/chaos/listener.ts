import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from '../../contracts/event.ts';

/** A client of a job's server-sent events that reconnects with the last id it has, as browsers do. */
export interface Listener {
  /** all events, in the order of their arrival, doubles included */
  readonly events: JobEvent[];
  /** connections that ended before the job did */
  readonly breaks: () => number;
  /** Whether the server has said that there is nothing more to come. */
  readonly isOver: () => boolean;
  stop(): void;
}

const RECONNECT_MS = 100;

/** @param url base URL of the API, asked for before every connection */
export function listenTo(url: () => string, job_id: string): Listener {
  const events: JobEvent[] = [];
  const stopping = new AbortController();
  let breaks = 0;
  let lastId = '';
  let over = false;

  const connect = async (): Promise<'over' | 'again'> => {
    const response = await fetch(`${url()}/orchestrate/${job_id}/events`, {
      headers: { accept: 'text/event-stream', ...(lastId ? { 'last-event-id': lastId } : {}) },
      signal: stopping.signal,
    });
    if (response.status === 204) return 'over';
    if (!response.ok || !response.body) return 'again';
    for await (const frame of framesOf(response.body)) {
      if (frame.id === undefined) continue; // a live note, or a sign of life
      events.push(JSON.parse(frame.data));
      lastId = frame.id;
    }
    return 'again';
  };
  const listen = async () => {
    while (!stopping.signal.aborted) {
      const outcome = await connect().catch(() => 'broken' as const);
      over = outcome === 'over';
      if (over) return;
      if (outcome === 'broken') breaks += 1;
      await sleep(RECONNECT_MS);
    }
  };
  void listen();
  return { events, breaks: () => breaks, isOver: () => over, stop: () => stopping.abort() };
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
async function* framesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ id?: string; data: string }> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = new Map(text.slice(0, end).split('\n').map(toField));
      text = text.slice(end + 2);
      const id = fields.get('id');
      yield { ...(id === undefined ? {} : { id }), data: fields.get('data') ?? '' };
    }
  }
}

function toField(line: string): [string, string] {
  const colon = line.indexOf(': ');
  return [line.slice(0, colon), line.slice(colon + 2)];
}
