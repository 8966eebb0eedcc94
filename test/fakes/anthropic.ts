import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { answer, type FakeCall, sendJson } from './anthropic-answer.ts';
import { matches, Step, type StepInput } from './anthropic-script.ts';
import { createTokenCounter } from './anthropic-tokens.ts';
import { errorBody, MessagesRequest, toSeen } from './anthropic-wire.ts';

/** What the SDK is built for; the shapes of requests and answers here are of this version. */
const API_VERSION = '2026-10-21';

/** Models that `GET /v1/models` lists. */
const MODELS = ['claude-opus-5-5', 'claude-sonnet-5', 'claude-haiku-4-5-20251001'];

/** A running fake of the Anthropic API. */
export interface FakeAnthropic {
  url: string;
  api_key: string;
  /** in the order of their arrival */
  calls: FakeCall[];
  /** requests that were malformed or not in the script */
  unexpected: string[];
  /** Adds steps at the end of the script. */
  expect(...steps: StepInput[]): void;
  /** Steps not used yet. */
  leftover(): Step[];
  /** Throws, naming what happened, on unexpected requests or steps left over. */
  assertDone(): void;
  /** Ends it with all its connections; safe to repeat. */
  close(): Promise<void>;
}

/**
 * A strict fake of the Anthropic wire format on a local port: it answers the requests of its script and no
 * others, and refuses what the API would refuse.
 * @see https://docs.claude.com/en/api/messages-streaming
 */
export async function startFakeAnthropic(
  options: { port?: number; api_key?: string; script?: StepInput[] } = {},
): Promise<FakeAnthropic> {
  const api_key = options.api_key ?? 'sk-ant-fake-0123456789';
  const steps: Step[] = [];
  const calls: FakeCall[] = [];
  const unexpected: string[] = [];
  const count = createTokenCounter();

  const refuse = (response: ServerResponse, status: number, type: string, message: string) => {
    unexpected.push(message);
    sendJson(response, status, errorBody(type, message));
  };

  const take = (body: MessagesRequest): Step | undefined => {
    const index = steps.findIndex((step) => matches(step, toSeen(body)));
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
      steps.push(...z.array(Step).parse(JSON.parse(text)));
      return sendJson(response, 200, { steps: steps.length });
    }
    if (path === '/_fake/report') return sendJson(response, 200, { calls, unexpected, leftover: steps });
    // The version of 2026-10-21 takes the key as a bearer token; the header of before still works.
    const { authorization, 'x-api-key': header } = request.headers;
    if (authorization !== `Bearer ${api_key}` && header !== api_key) {
      return sendJson(response, 401, errorBody('authentication_error', 'invalid API key'));
    }
    const version = request.headers['anthropic-version'];
    if (version !== API_VERSION) {
      return refuse(response, 400, 'invalid_request_error', `anthropic-version: ${version} is not valid`);
    }
    if (path === '/v1/models' && request.method === 'GET') return sendJson(response, 200, modelsPage());
    if (path !== '/v1/messages' || request.method !== 'POST') {
      return refuse(response, 404, 'not_found_error', `${request.method} ${path}`);
    }
    const parsed = MessagesRequest.safeParse(safeJson(text));
    if (!parsed.success) {
      return refuse(response, 400, 'invalid_request_error', z.prettifyError(parsed.error));
    }
    const step = take(parsed.data);
    if (!step) {
      const seen = toSeen(parsed.data);
      const message = `no step of the script expects this request: ${JSON.stringify(seen).slice(0, 2000)}`;
      return refuse(response, 400, 'invalid_request_error', message);
    }
    const none = {
      input_tokens: 0,
      output_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    };
    const call: FakeCall = { body: parsed.data, billed: none, complete: false, aborted: false };
    calls.push(call);
    response.on('close', () => {
      call.aborted = !response.writableFinished;
    });
    await answer(response, step.reply, call, count);
  };

  const server = createServer((request, response) => {
    response.setHeader('request-id', `req_${calls.length + 1}`);
    handle(request, response).catch((error: unknown) => {
      unexpected.push(`the fake failed: ${String(error)}`);
      response.destroy();
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  steps.push(...z.array(Step).parse(options.script ?? []));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    api_key,
    calls,
    unexpected,
    expect: (...more) => void steps.push(...z.array(Step).parse(more)),
    leftover: () => [...steps],
    assertDone() {
      const problems = [
        ...unexpected.map((message) => `unexpected: ${message}`),
        ...steps.map((step) => `never asked for: ${JSON.stringify(step)}`),
      ];
      if (problems.length > 0)
        throw new Error(`The fake Anthropic API was used otherwise:\n${problems.join('\n')}`);
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function modelsPage(): object {
  const data = MODELS.map((id) => ({
    type: 'model',
    id,
    display_name: id,
    created_at: '2026-01-01T00:00:00Z',
    lifecycle: 'active',
  }));
  return { data, has_more: false, first_id: MODELS[0], last_id: MODELS.at(-1) };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * As a process: `node test/fakes/anthropic.ts --script steps.json [--port N] [--key K]`. Prints its address as a
 * line of JSON; at SIGTERM or SIGINT says what went otherwise and exits with 1 if anything did. More steps are taken by
 * `POST /_fake/steps`, the state of things is at `GET /_fake/report`.
 */
if (import.meta.main) {
  const { values } = parseArgs({
    options: { script: { type: 'string' }, port: { type: 'string' }, key: { type: 'string' } },
  });
  const fake = await startFakeAnthropic({
    port: Number(values.port ?? 0),
    api_key: values.key,
    script: values.script ? JSON.parse(readFileSync(values.script, 'utf8')) : [],
  });
  console.log(JSON.stringify({ url: fake.url, api_key: fake.api_key }));
  const stop = async () => {
    await fake.close();
    try {
      fake.assertDone();
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    }
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
