import type { Mask } from '../../../core/text/mask.ts';
import { errorCode } from '../../tools/http/open.ts';
import { HostingError } from './hosting.ts';

/** Longest answer that is read; a list of thirty requests with their texts is far below. */
const MAX_ANSWER_BYTES = 8 * 1024 ** 2;

/**
 * `fetch` for a hosting API: bounded in time and size, and without redirects, which would carry the token elsewhere.
 * Throws HostingError where there is no answer that can be read.
 * @param mask over what is answered, which may be cut afterwards
 */
export function apiFetch(seconds: number, mask: Mask, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    const time = AbortSignal.timeout(seconds * 1000);
    const host = new URL(input instanceof Request ? input.url : input).host;
    try {
      const answer = await fetch(input, {
        ...init,
        redirect: 'manual',
        signal: AbortSignal.any([signal, time]),
      });
      if (answer.status >= 300 && answer.status < 400) {
        await answer.body?.cancel();
        throw new HostingError(
          `${host} answers with another address. Redirects are not followed, since the token would go along: use the address that the repository has now, or correct api_url.`,
          answer.status,
          false,
        );
      }
      const body = mask.text((await readBounded(answer, host)).toString('utf8'));
      const { status, headers } = answer;
      return new Response(status === 204 || status === 205 ? null : body, { status, headers });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HostingError) throw error;
      const why = time.aborted
        ? `did not answer within ${seconds} s`
        : `can't be reached (${errorCode(error)})`;
      throw new HostingError(`${host} ${why}.`, null, true);
    }
  };
}

async function readBounded(answer: Response, host: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // leaving the loop ends the connection
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new HostingError(`${host} answered more than ${MAX_ANSWER_BYTES} bytes.`, answer.status, false);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
