import type { JobEvent } from '../contracts/event.ts';

/** A connection that receives server-sent events. */
export interface EventStream {
  /** settles when the server has ended the stream */
  ended: Promise<void>;
  close(): void;
}

/**
 * Follows a journal over server-sent events. `onEvent` gets each event with the time, in Unix milliseconds, at
 * which its last byte was here; frames without an id (live notes) are passed over.
 */
export async function followEvents(
  url: string,
  onEvent: (event: JobEvent, receivedAt: number) => void,
): Promise<EventStream> {
  const stop = new AbortController();
  const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: stop.signal });
  if (!response.ok || !response.body) throw new Error(`${url}: ${response.status}`);
  const chunks = response.body.pipeThrough(new TextDecoderStream());
  const read = async () => {
    let rest = '';
    for await (const chunk of chunks) {
      const receivedAt = Date.now();
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop()!;
      for (const frame of frames) {
        const data = /^id: [\s\S]*?^data: (.*)$/m.exec(frame)?.[1];
        if (data !== undefined) onEvent(JSON.parse(data) as JobEvent, receivedAt);
      }
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return { ended, close: () => stop.abort() };
}
