import Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type { Usage } from '../contracts/money.ts';
import { toProviderError } from './anthropic-errors.ts';
import { fetchWithIdleTimeout } from './idle-fetch.ts';
import {
  type CallOptions,
  type ModelReply,
  type ModelRequest,
  type Provider,
  ProviderError,
  type ProviderErrorKind,
} from './types.ts';

/** The newest general model that the price table lists under its own name. */
const DEFAULT_MODEL = 'claude-sonnet-5';

/** For the short questions: is it there, which models has it. */
const SHORT_TIMEOUT_SECONDS = 3;

/** A refusal of any sort is an answer too. */
const NO_ANSWER: readonly ProviderErrorKind[] = ['unavailable', 'timeout', 'unknown_outcome'];

export interface AnthropicSettings {
  api_key: string | undefined;
  /** undefined: the public API */
  base_url: string | undefined;
  default_model?: string;
  /** until the first header of an answer; default 600 */
  response_timeout_seconds?: number;
  /** between two pieces of an answer; the API pings far more often; default 90 */
  idle_timeout_seconds?: number;
}

/** Claude models over the Messages API, by @anthropic-ai/sdk without its own retries. */
export function createAnthropic(settings: AnthropicSettings): Provider {
  const { api_key, base_url } = settings;
  const configured: Provider['configured'] = () =>
    api_key ? { ok: true } : { ok: false, reason: 'Set ANTHROPIC_API_KEY for the worker and retry.' };

  const client = () => {
    if (!api_key) throw new ProviderError('auth', 'ANTHROPIC_API_KEY is not set.');
    return new Anthropic({
      apiKey: api_key,
      baseURL: base_url,
      maxRetries: 0,
      timeout: (settings.response_timeout_seconds ?? 600) * 1000,
      fetch: fetchWithIdleTimeout(settings.idle_timeout_seconds ?? 90),
      // Our log is JSON lines, and its debug level would hold prompts.
      logLevel: 'off',
    });
  };

  return {
    name: 'anthropic',
    default_model: settings.default_model ?? DEFAULT_MODEL,
    env_key: 'ANTHROPIC_API_KEY',
    base_url: base_url ?? 'https://api.anthropic.com',
    configured,
    reachable: async () => {
      if (!api_key) return false;
      return listModels(client()).then(
        () => true,
        (error: unknown) => !NO_ANSWER.includes(toProviderError(error, false).kind),
      );
    },
    models: async () => {
      try {
        return await listModels(client());
      } catch (error) {
        throw toProviderError(error, false, api_key);
      }
    },
    call: (request, options) => callMessages(client(), request, options),
  };
}

async function listModels(client: Anthropic): Promise<string[]> {
  const page = await client.models.list({ limit: 1000 }, { timeout: SHORT_TIMEOUT_SECONDS * 1000 });
  return page.data.map((model) => model.id);
}

async function callMessages(
  client: Anthropic,
  request: ModelRequest,
  options: CallOptions,
): Promise<ModelReply> {
  let answering = false;
  try {
    const stream = client.messages.stream(toParams(request), { signal: options.signal });
    stream.on('streamEvent', () => {
      answering = true;
    });
    stream.on('text', (text) => options.on_delta(text));
    const message = await stream.finalMessage();
    return {
      text: message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
      stop_reason: toStopReason(message.stop_reason),
      usage: toUsage(message.usage),
    };
  } catch (error) {
    options.signal.throwIfAborted();
    throw toProviderError(causeOf(error), answering, client.apiKey ?? undefined);
  }
}

function toParams(request: ModelRequest): Anthropic.MessageStreamParams {
  return {
    model: request.model,
    max_tokens: request.max_output_tokens,
    system: [{ type: 'text', text: request.system, cache_control: { type: 'ephemeral' } }],
    messages: request.messages,
    // The transformation is the SDK's own (helpers/zod uses it); the parsing is ours, since an answer that was
    // cut off must come back as such and not as an exception of the SDK.
    ...(request.output_schema
      ? {
          output_config: {
            format: { type: 'json_schema', schema: transformJSONSchema(request.output_schema) },
          },
        }
      : {}),
  };
}

function toStopReason(reason: Anthropic.Message['stop_reason']): ModelReply['stop_reason'] {
  if (reason === 'end_turn' || reason === 'stop_sequence') return 'end';
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'max_tokens';
  if (reason === 'refusal') return 'refusal';
  return 'other';
}

/** The API's `input_tokens` leaves out what the cache gave or took, as ours does. */
function toUsage(usage: Anthropic.Usage): Usage {
  return {
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    cache_read_tokens: usage.cache_read_input_tokens ?? 0,
    cache_write_tokens: usage.cache_creation_input_tokens ?? 0,
  };
}

/** Our own time-out error comes out of the SDK wrapped in one of its own. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof ProviderError ? error.cause : error;
}
