import type { IncomingMessage } from 'node:http';
import { answer } from './openai-answer.ts';
import type { FakeCall } from './openai-call.ts';
import { createConversationCheck } from './openai-conversation.ts';
import { type Reply, Step, type StepInput, type WireUsage } from './openai-script.ts';
import { ChatRequest, errorBody, type OpenAiFlavour, toSeen, withoutUsageOption } from './openai-wire.ts';
import { runAsProcess } from './process.ts';
import type { RateLimitOptions } from './rate-limit.ts';
import { type Fake, type PlainAnswer, startFake } from './server.ts';
import { createPromptCache } from './tokens.ts';

/** Where each service has the API. */
const ROOTS: Record<OpenAiFlavour, string> = {
  openai: '/v1',
  gemini: '/v1beta/openai',
  ollama: '/v1',
};

/** Models that `GET .../models` lists. */
const MODELS: Record<OpenAiFlavour, string[]> = {
  openai: ['gpt-6-sol', 'gpt-6-luna'],
  gemini: ['models/gemini-3.8-flash', 'models/gemini-2.5-pro'],
  ollama: ['llama3.2:latest', 'qwen3:8b'],
};

/** A running fake of a service that speaks OpenAI's chat completions. */
export type FakeOpenAi = Fake<Step, StepInput, FakeCall> & {
  /** what the service's base URL is set to */
  base_url: string;
};

/**
 * A strict fake of OpenAI's chat completions on a local port, or of Gemini's or Ollama's dialect of them: it answers the
 * requests of its script and no others, and refuses what the service would refuse.
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
export async function startFakeOpenAi(
  options: {
    flavour?: OpenAiFlavour;
    port?: number;
    api_key?: string | undefined;
    script?: StepInput[];
    rate_limit?: RateLimitOptions;
    /** as some servers: refuses to be asked for the usage */
    refuses_usage_option?: boolean;
  } = {},
): Promise<FakeOpenAi> {
  const flavour = options.flavour ?? 'openai';
  const api_key = options.api_key ?? 'sk-fake-0123456789';
  const conversation = createConversationCheck(flavour);
  const count = createTokenCounter();
  const fake = await startFake<ChatRequest, WireUsage, Reply>(
    {
      name: flavour,
      step: Step,
      path: `${ROOTS[flavour]}/chat/completions`,
      nothing: emptyUsage(),
      gate: (request, path) => gate(request, path, flavour, api_key),
      parse(json) {
        const schema = ChatRequest[flavour];
        const body = (options.refuses_usage_option ? withoutUsageOption(schema) : schema).parse(
          json,
        ) as ChatRequest;
        conversation.check(body);
        return body;
      },
      seen: toSeen,
      refusal: (status, message) => errorBody(flavour, status, 'invalid_request_error', message),
      output: (billed) => billed.completion_tokens,
      limitHeaders: ({ kind, size, left, full_in_seconds }) =>
        flavour === 'openai'
          ? {
              [`x-ratelimit-limit-${kind}`]: String(size),
              [`x-ratelimit-remaining-${kind}`]: String(left),
              [`x-ratelimit-reset-${kind}`]: `${Math.ceil(full_in_seconds * 1000)}ms`,
            }
          : {},
      answer: (response, reply, call) => answer(response, reply, call, { flavour, count, conversation }),
    },
    { ...options, api_key },
  );
  return { ...fake, base_url: flavour === 'ollama' ? fake.url : `${fake.url}${ROOTS[flavour]}` };
}

function gate(
  request: IncomingMessage,
  path: string,
  flavour: OpenAiFlavour,
  api_key: string,
): PlainAnswer | null {
  if (flavour !== 'ollama' && request.headers.authorization !== `Bearer ${api_key}`) {
    return flavour === 'gemini'
      ? { status: 400, body: GEMINI_WRONG_KEY }
      : {
          status: 401,
          body: errorBody(
            flavour,
            401,
            'invalid_request_error',
            `Incorrect API key provided: ${request.headers.authorization?.slice('Bearer '.length)}.`,
          ),
        };
  }
  if (path !== `${ROOTS[flavour]}/models` || request.method !== 'GET') return null;
  const data = MODELS[flavour].map((id) => ({ id, object: 'model', created: 1, owned_by: flavour }));
  return { status: 200, body: { object: 'list', data } };
}

const GEMINI_WRONG_KEY = [
  {
    error: {
      code: 400,
      message: 'API key not valid. Please pass a valid API key.',
      status: 'INVALID_ARGUMENT',
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
    },
  },
];

const emptyUsage = (): WireUsage => ({
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: 0,
  prompt_tokens_details: { cached_tokens: 0 },
});

/** Counts what requests take in; every prefix of whole messages is cached, as these services do by themselves. */
function createTokenCounter(): (body: ChatRequest) => WireUsage {
  const cache = createPromptCache();
  return ({ model, tools = [], messages }) => {
    const parts = [...tools, ...messages].map((part) => ({ text: JSON.stringify(part), marked: true }));
    const { fresh, read, written } = cache(model, parts);
    const prompt_tokens = fresh + read + written;
    return {
      prompt_tokens,
      completion_tokens: 0,
      total_tokens: prompt_tokens,
      prompt_tokens_details: { cached_tokens: read },
    };
  };
}

if (import.meta.main) await runAsProcess(startFakeOpenAi);
