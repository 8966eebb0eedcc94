import { z } from 'zod';

/** A stream of {@link Frame}s, as the OpenAPI document has it: a text, whatever its events are. */
export const eventStream = (events: string) => z.string().describe(`server-sent events: ${events}`);

/** A frame of server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface Frame {
  id?: number;
  event: string;
  /** said as one line of JSON */
  data: unknown;
}

/** How often a comment is sent while nothing happens, so that no one between takes the connection for dead. */
export const HEARTBEAT_MS = 15_000;

/** A comment, which clients pass over. */
export const HEARTBEAT = ': still here\n\n';

/** What a stream says, frame by frame, until the signal is aborted. */
export type Texts = (signal: AbortSignal) => AsyncGenerator<string, void>;

let open = 0;

/** How many streams this process serves. */
export const openStreams = (): number => open;

async function* counted(texts: AsyncGenerator<string, void>): AsyncGenerator<string, void> {
  open += 1;
  try {
    yield* texts;
  } finally {
    open -= 1;
  }
}

/** The frame as text. */
export function toText({ id, event, data }: Frame): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    `event: ${event}`,
    `data: ${JSON.stringify(data)}`,
  ];
  return `${lines.join('\n')}\n\n`;
}

/**
 * An answer that streams the texts of a generator. The next one is asked for when the client has taken the last,
 * so a slow client costs no memory. The signal is aborted when the client goes, or when `stopping` is.
 */
export function streamAnswer(texts: Texts, stopping: AbortSignal): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, stopping]);
  const generator = counted(texts(signal));
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await generator.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        gone.abort();
        await generator.return();
      },
    },
    { highWaterMark: 1 },
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would hold the events back
      'x-accel-buffering': 'no',
    },
  });
}
