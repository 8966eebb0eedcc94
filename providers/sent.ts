import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

/** A request that ended before the last of it was handed to the network: nobody can have carried it out. */
export class NotSentError extends Error {}

interface Sending {
  whole: boolean;
}

/**
 * Runs a fetch. One that fails before its request was sent whole throws a {@link NotSentError}, with the error as its
 * cause. It is told from the channels of Node's fetch: the error of a connection does not say how far it came.
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
 */
export async function watchSent<R>(run: () => Promise<R>): Promise<R> {
  const sending: Sending = { whole: false };
  try {
    return await fetching.run(sending, run);
  } catch (error) {
    if (sending.whole || !(error instanceof TypeError)) throw error;
    throw new NotSentError('the request was not sent', { cause: error });
  }
}

const fetching = new AsyncLocalStorage<Sending>();
const requests = new WeakMap<object, Sending>();

const requestOf = (message: unknown): object => (message as { request: object }).request;

subscribe('undici:request:create', (message) => {
  const sending = fetching.getStore();
  if (sending) requests.set(requestOf(message), sending);
});
subscribe('undici:request:bodySent', (message) => {
  const sending = requests.get(requestOf(message));
  if (sending) sending.whole = true;
});
