import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call as a fake of a hosting API got it. */
export interface HostingCall {
  /** `GET /repos/o/r/pulls` */
  line: string;
  query: Record<string, string>;
  headers: IncomingMessage['headers'];
  /** JSON; undefined: none */
  body: unknown;
}

/** A running fake of a hosting API, which keeps the requests that were opened. */
export interface FakeHosting<Request> {
  url: string;
  requests: Request[];
  calls: HostingCall[];
  /** Answers the next call in the place of the fake, in the order given. */
  next(...answers: Answer[]): void;
  /** Throws, naming them, on calls that the fake does not know, or that are malformed. */
  assertDone(): void;
  close(): Promise<void>;
}

/** By hand, or a status and JSON. */
export type Answer = ((response: ServerResponse) => void) | { status: number; body: unknown };

/** @param answer throws an Error that says what is wrong with a call */
export async function startHosting<Request>(
  answer: (call: HostingCall, requests: Request[]) => { status: number; body: unknown },
): Promise<FakeHosting<Request>> {
  const [requests, calls, unexpected]: [Request[], HostingCall[], string[]] = [[], [], []];
  const script: Answer[] = [];
  const server = createServer(async (incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const raw = await text(incoming);
    const call: HostingCall = {
      line: `${incoming.method} ${url.pathname}`,
      query: Object.fromEntries(url.searchParams),
      headers: incoming.headers,
      body: raw === '' ? undefined : JSON.parse(raw),
    };
    calls.push(call);
    const scripted = script.shift();
    if (typeof scripted === 'function') return scripted(response);
    const given = scripted ?? attempt(() => answer(call, requests), call);
    response.writeHead(given.status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(given.body));
  });
  function attempt(run: () => { status: number; body: unknown }, { line }: HostingCall) {
    try {
      return run();
    } catch (error) {
      unexpected.push(`${line}: ${(error as Error).message}`);
      return { status: 500, body: { message: 'unexpected call' } };
    }
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    calls,
    next: (...answers) => void script.push(...answers),
    assertDone() {
      if (unexpected.length > 0 || script.length > 0) {
        throw new Error([...unexpected, ...script.map(() => 'an answer was not asked for')].join('\n'));
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
