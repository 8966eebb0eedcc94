import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import { createRateLimit, type LimitState, type RateLimitOptions } from './rate-limit.ts';
import { matches, type SeenRequest, type stepOf } from './script.ts';
import { countTokens } from './tokens.ts';

/** A request that was answered by the script. */
export interface FakeCall<Body, Usage> {
  /** when it was let through, in Unix milliseconds */
  at: number;
  body: Body;
  /** what a bill would list; output up to the point where the answer broke off */
  billed: Usage;
  /** whether the whole answer was sent; false while it is under way */
  complete: boolean;
  /** whether the connection was closed before that */
  aborted: boolean;
}

/** A running fake of a provider's API. */
export interface Fake<Step, StepInput, Call> {
  url: string;
  api_key: string;
  /** in the order of their arrival */
  calls: Call[];
  /** requests that were malformed or not in the script */
  unexpected: string[];
  /** Adds steps at the end of the script. */
  expect(...steps: StepInput[]): void;
  /** Steps not used yet. */
  leftover(): Step[];
  /** How many requests were over the rate limit; they are no calls and use up no step. */
  turnedAway(): number;
  /** Throws, naming what happened, on unexpected requests or steps left over. */
  assertDone(): void;
  /** Ends it with all its connections; safe to repeat. */
  close(): Promise<void>;
}

/** An answer that is no stream; `unexpected`: a test must not lead to it. */
export interface PlainAnswer {
  status: number;
  body: object;
  unexpected?: string;
}

/** A wire format. */
export interface Wire<Body, Usage, Reply> {
  name: string;
  step: ReturnType<typeof stepOf<z.ZodType<Reply>>>;
  /** where messages are asked for */
  path: string | RegExp;
  /** usage before anything was said */
  nothing: Usage;
  /** Answers what is no question to a model; null: it is one. */
  gate(request: IncomingMessage, path: string): PlainAnswer | null;
  /** Throws a ZodError, or an Error that says what is wrong. */
  parse(json: unknown, path: string): Body;
  seen(body: Body): SeenRequest;
  /** The body of an answer 400, 404 or 429. */
  refusal(status: number, message: string): object;
  /** Tokens that were billed as output. */
  output(billed: Usage): number;
  /** Headers that tell of a rate limit. */
  limitHeaders(state: LimitState): Record<string, string>;
  answer(response: ServerResponse, reply: Reply, call: FakeCall<Body, Usage>): Promise<void>;
}

/** Starts a fake of a wire format on a local port: it answers the requests of its script and no others. */
export async function startFake<Body, Usage, Reply>(
  wire: Wire<Body, Usage, Reply>,
  options: {
    port?: number | undefined;
    api_key: string;
    script?: unknown[] | undefined;
    rate_limit?: RateLimitOptions | undefined;
  },
) {
  type Step = z.output<typeof wire.step>;
  type StepInput = z.input<typeof wire.step>;
  const steps: Step[] = [];
  const calls: FakeCall<Body, Usage>[] = [];
  const unexpected: string[] = [];
  const limit = options.rate_limit ? createRateLimit(options.rate_limit) : null;
  let turnedAway = 0;
  const add = (more: unknown) => void steps.push(...z.array(wire.step).parse(more));

  const isPath = (path: string) =>
    typeof wire.path === 'string' ? path === wire.path : wire.path.test(path);
  const send = (response: ServerResponse, answer: PlainAnswer) => {
    if (answer.unexpected !== undefined) unexpected.push(answer.unexpected);
    sendJson(response, answer.status, answer.body);
  };
  const refuse = (response: ServerResponse, status: number, message: string) =>
    send(response, { status, body: wire.refusal(status, message), unexpected: message });

  const take = (seen: SeenRequest): Step | undefined => {
    const index = steps.findIndex((step) => matches(step, seen));
    const step = steps[index];
    if (!step) return undefined;
    if (step.times > 1) steps[index] = { ...step, times: step.times - 1 };
    else steps.splice(index, 1);
    return step;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const text = await readText(request);
    if (path === '/_fake/steps' && request.method === 'POST') {
      add(JSON.parse(text));
      return sendJson(response, 200, { steps: steps.length });
    }
    if (path === '/_fake/report') return sendJson(response, 200, { calls, unexpected, leftover: steps });
    const gated = wire.gate(request, path);
    if (gated) return send(response, gated);
    if (!isPath(path) || request.method !== 'POST') {
      return refuse(response, 404, `${request.method} ${path}`);
    }
    let body: Body;
    try {
      body = wire.parse(JSON.parse(text), path);
    } catch (error) {
      return refuse(response, 400, error instanceof z.ZodError ? z.prettifyError(error) : String(error));
    }
    const wait = limit?.take(countTokens(text)) ?? 0;
    for (const state of limit?.state() ?? []) setHeaders(response, wire.limitHeaders(state));
    if (wait > 0) {
      turnedAway += 1;
      setHeaders(response, {
        'retry-after': String(Math.ceil(wait)),
        'retry-after-ms': String(Math.ceil(wait * 1000)),
      });
      return sendJson(response, 429, wire.refusal(429, 'This request would exceed the rate limit.'));
    }
    const seen = wire.seen(body);
    const step = take(seen);
    if (!step) {
      const what = JSON.stringify(seen).slice(0, 2000);
      return refuse(response, 400, `no step of the script expects this request: ${what}`);
    }
    const call: FakeCall<Body, Usage> = {
      at: Date.now(),
      body,
      billed: wire.nothing,
      complete: false,
      aborted: false,
    };
    calls.push(call);
    response.on('close', () => {
      call.aborted = !response.writableFinished;
    });
    await wire.answer(response, step.reply, call);
    limit?.spend(wire.output(call.billed));
  };

  const server = createServer((request, response) => {
    const id = `req_${calls.length + 1}`;
    response.setHeader('request-id', id);
    response.setHeader('x-request-id', id);
    handle(request, response).catch((error: unknown) => {
      unexpected.push(`the fake failed: ${String(error)}`);
      response.destroy();
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  add(options.script ?? []);

  const fake: Fake<Step, StepInput, FakeCall<Body, Usage>> = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    api_key: options.api_key,
    calls,
    unexpected,
    expect: (...more) => add(more),
    leftover: () => [...steps],
    turnedAway: () => turnedAway,
    assertDone() {
      const problems = [
        ...unexpected.map((message) => `unexpected: ${message}`),
        ...steps.map((step) => `never asked for: ${JSON.stringify(step)}`),
      ];
      if (problems.length > 0)
        throw new Error(`The fake ${wire.name} API was used otherwise:\n${problems.join('\n')}`);
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return fake;
}

/** An answer in nobody's wire format. */
export function sendRaw(
  response: ServerResponse,
  { status, content_type, body }: { status: number; content_type: string; body: string },
): void {
  response.writeHead(status, { 'content-type': content_type }).end(body);
}

/** An answer that is no stream. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Headers of an answer that turns a request away for a while. */
export function setRetryHeaders(
  response: ServerResponse,
  told: { retry_after?: string; retry_after_ms?: string; headers?: Record<string, string> | undefined },
): void {
  const { retry_after, retry_after_ms, headers } = told;
  setHeaders(response, { ...headers, 'retry-after': retry_after, 'retry-after-ms': retry_after_ms });
}

/** Sets those headers that have a value. */
export function setHeaders(
  response: ServerResponse,
  headers: Record<string, string | undefined> | undefined,
): void {
  for (const [name, value] of Object.entries(headers ?? {}))
    if (value !== undefined) response.setHeader(name, value);
}
