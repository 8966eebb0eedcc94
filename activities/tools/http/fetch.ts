import { Readable } from 'node:stream';
import { type Outgoing, openRequest } from './open.ts';

/** Statuses whose answers have no body: https://fetch.spec.whatwg.org/#null-body-status */
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * `fetch` for clients of libraries, with bodies of text, that reaches public addresses only, or listed hosts.
 * @param max_bytes of an answer; one that is longer breaks off with an error
 */
export function guardedFetch(deps: Outgoing, max_bytes: number) {
  return async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const { method = 'GET', body, signal } = init;
    if (body !== undefined && body !== null && typeof body !== 'string') throw new TypeError('text only');
    const { message } = await openRequest(deps, {
      method,
      url: String(input),
      headers: Object.fromEntries(new Headers(init.headers)),
      body: body ?? undefined,
      signal: signal ?? new AbortController().signal,
    });
    const { statusCode: status = 0, statusMessage: statusText = '' } = message;
    const headers = Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const answer = { status, statusText, headers };
    if (WITHOUT_BODY.has(status)) {
      message.resume();
      return new Response(null, answer);
    }
    const capped = Readable.from(upTo(message, max_bytes), { objectMode: false });
    return new Response(Readable.toWeb(capped) as ReadableStream<Uint8Array>, answer);
  };
}

async function* upTo(source: AsyncIterable<Buffer>, max_bytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > max_bytes) throw new Error(`an answer of more than ${max_bytes} bytes`);
    yield chunk;
  }
}
