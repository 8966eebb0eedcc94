import { watchSent } from './sent.ts';
import { ProviderError } from './types.ts';

/**
 * A `fetch` whose response body fails with a {@link ProviderError} `timeout` when nothing arrives for that many
 * seconds, and that says whether a request was sent at all (see sent.ts). It watches bytes, since the SDK keeps the pings of a slow answer to itself, and its own time-out ends
 * with the first header.
 * @param service as people call it, for the message
 */
export function fetchWithIdleTimeout(service: string, idleSeconds: number): typeof fetch {
  return async (input, init) => {
    const response = await watchSent(() => fetch(input, init));
    if (!response.body) return response;
    const body = response.body.pipeThrough(idleWatch(service, idleSeconds));
    return new Response(body, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function idleWatch(service: string, idleSeconds: number): TransformStream<Uint8Array, Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const watch = (controller: TransformStreamDefaultController<Uint8Array>) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      controller.error(new ProviderError('timeout', `${service} sent nothing for ${idleSeconds} seconds.`));
    }, idleSeconds * 1000);
    timer.unref();
  };
  return new TransformStream({
    start: watch,
    transform(chunk, controller) {
      watch(controller);
      controller.enqueue(chunk);
    },
    flush: () => clearTimeout(timer),
  });
}
