import type { IncomingMessage } from 'node:http';
import { answer } from './anthropic-answer.ts';
import type { FakeCall } from './anthropic-call.ts';
import { createConversationCheck } from './anthropic-conversation.ts';
import { errorBody } from './anthropic-events.ts';
import { type Reply, Step, type StepInput, type WireUsage } from './anthropic-script.ts';
import { createTokenCounter } from './anthropic-tokens.ts';
import { MessagesRequest, toSeen } from './anthropic-wire.ts';
import { readClaudeCode } from './claude-code-wire.ts';
import { runAsProcess } from './process.ts';
import type { RateLimitOptions } from './rate-limit.ts';
import { type Fake, type PlainAnswer, startFake } from './server.ts';

/** What the clients are built for; the shapes of requests and answers here are of the SDK's version. */
const VERSIONS = { sdk: '2026-10-21', 'claude-code': '2023-06-01' };

/** Models that `GET /v1/models` lists. */
const MODELS = ['claude-opus-5-5', 'claude-sonnet-5', 'claude-haiku-4-5-20251001'];

const ERROR_TYPES: Record<number, string> = { 404: 'not_found_error', 429: 'rate_limit_error' };

/** A running fake of the Anthropic API. */
export type FakeAnthropic = Fake<Step, StepInput, FakeCall>;

/**
 * A strict fake of the Anthropic wire format on a local port: it answers the requests of its script and no
 * others, and refuses what the API would refuse.
 * @see https://docs.claude.com/en/api/messages-streaming
 */
export async function startFakeAnthropic(
  options: {
    port?: number;
    api_key?: string | undefined;
    script?: StepInput[];
    rate_limit?: RateLimitOptions;
    /** whose requests it takes; left out: those of the SDK that this project uses */
    client?: 'claude-code';
  } = {},
): Promise<FakeAnthropic> {
  const api_key = options.api_key ?? 'sk-ant-fake-0123456789';
  const count = createTokenCounter();
  const conversation = createConversationCheck();
  return startFake<MessagesRequest, WireUsage, Reply>(
    {
      name: 'Anthropic',
      step: Step,
      path: '/v1/messages',
      nothing: {
        input_tokens: 0,
        output_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
      },
      gate: (request, path) => gate(request, path, api_key, VERSIONS[options.client ?? 'sdk']),
      parse(json) {
        const body = options.client ? readClaudeCode(json) : MessagesRequest.parse(json);
        conversation.check(body);
        return body;
      },
      seen: toSeen,
      refusal: (status, message) => errorBody(ERROR_TYPES[status] ?? 'invalid_request_error', message),
      output: (billed) => billed.output_tokens,
      limitHeaders: ({ kind, size, left, full_in_seconds }) => ({
        [`anthropic-ratelimit-${kind}-limit`]: String(size),
        [`anthropic-ratelimit-${kind}-remaining`]: String(left),
        [`anthropic-ratelimit-${kind}-reset`]: new Date(Date.now() + full_in_seconds * 1000).toISOString(),
      }),
      answer: (response, reply, call) => answer(response, reply, call, { count, conversation }),
    },
    { ...options, api_key },
  );
}

function gate(request: IncomingMessage, path: string, api_key: string, wanted: string): PlainAnswer | null {
  // The version of 2026-10-21 takes the key as a bearer token; the header of before still works.
  const { authorization, 'x-api-key': header, 'anthropic-version': version } = request.headers;
  if (authorization !== `Bearer ${api_key}` && header !== api_key) {
    return { status: 401, body: errorBody('authentication_error', 'invalid API key') };
  }
  if (version !== wanted) {
    const unexpected = `anthropic-version: ${version} is not valid`;
    return { status: 400, body: errorBody('invalid_request_error', unexpected), unexpected };
  }
  return path === '/v1/models' && request.method === 'GET' ? { status: 200, body: modelsPage() } : null;
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

if (import.meta.main) await runAsProcess(startFakeAnthropic);
