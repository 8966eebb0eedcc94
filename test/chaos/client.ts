import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the API answered. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  body: any;
}

/** A client that does not give up: it repeats a request under the same idempotency key until it is answered. */
export interface PatientClient {
  get(path: string): Promise<Answer>;
  /** @param key of the request; a new one when left out */
  post(path: string, body: unknown, key?: string): Promise<Answer>;
}

const GIVE_UP_MS = 90_000;
const PAUSE_MS = 200;

/** @param url base URL of the API, asked for before every try */
export function patientClient(url: () => string): PatientClient {
  const ask = async (method: string, path: string, init: RequestInit): Promise<Answer> => {
    const end = Date.now() + GIVE_UP_MS;
    let last: unknown;
    while (Date.now() < end) {
      try {
        const response = await fetch(`${url()}${path}`, {
          ...init,
          method,
          signal: AbortSignal.timeout(30_000),
        });
        const body = await response.json();
        // the server says itself that these are to be repeated
        if (response.status !== 503 && response.status !== 429) return { status: response.status, body };
        last = body;
      } catch (error) {
        last = error;
      }
      await sleep(PAUSE_MS);
    }
    throw new Error(`${method} ${path} was not answered in time: ${JSON.stringify(last) ?? last}`, {
      cause: last,
    });
  };
  return {
    get: (path) => ask('GET', path, { headers: { accept: 'application/json' } }),
    post: (path, body, key = randomUUID()) =>
      ask('POST', path, {
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      }),
  };
}
