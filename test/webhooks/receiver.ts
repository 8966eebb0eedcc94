import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A webhook as it came. */
export interface Got {
  path: string;
  id: string;
  headers: Record<string, string>;
  body: string;
  /** the payload */
  payload: {
    type: string;
    timestamp: string;
    data: { seq: number; job_id: string } & Record<string, unknown>;
  };
  /** how often this id had come before */
  before: number;
}

/** How the receiver answers; `silence`: not at all, until the caller has gone. */
export type Answer = { status: number; headers?: Record<string, string>; after_ms?: number } | 'silence';

/** A receiver of webhooks over HTTP on the loopback address. */
export interface Receiver {
  url: string;
  /** as in `tools.allow_private_hosts` */
  host: string;
  got: Got[];
  /** what came to a path */
  at(path: string): Got[];
  close(): Promise<void>;
}

/** Starts it; `answer` says what it answers to what it gets, 204 by default. */
export async function startReceiver(
  answer: (got: Got) => Answer | undefined = () => undefined,
): Promise<Receiver> {
  const got: Got[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const headers = request.headers as Record<string, string>;
    const id = headers['webhook-id'] ?? '';
    const before = got.filter((one) => one.id === id).length;
    const path = request.url ?? '';
    const one = { path, id, headers, body, payload: JSON.parse(body), before };
    got.push(one);
    const said = answer(one) ?? { status: 204 };
    if (said === 'silence') return;
    setTimeout(() => response.writeHead(said.status, said.headers).end(), said.after_ms ?? 0);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    got,
    at: (path) => got.filter((one) => one.path === path),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
