import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { PROVIDERS } from '../contracts/providers.ts';
import { readAnthropicError } from './anthropic-errors.ts';
import { toParams } from './anthropic-params.ts';
import { createMessageReader } from './anthropic-stream.ts';
import { contextWindow } from './context-window.ts';
import { type ErrorSource, refuseOther, toProviderError } from './errors.ts';
import { fetchWithIdleTimeout } from './idle-fetch.ts';
import {
  type CallOptions,
  type ModelReply,
  type ModelRequest,
  NO_ANSWER,
  newTally,
  type Provider,
  ProviderError,
} from './types.ts';

const { service, env_key, ...FACTS } = PROVIDERS.anthropic;

/** For the short questions: is it there, which models has it. */
const SHORT_TIMEOUT_SECONDS = 3;

export interface AnthropicSettings {
  api_key: string | undefined;
  /** undefined: the public API */
  base_url: string | undefined;
  default_model?: string | undefined;
  /** tokens, for all its models; see context-window.ts */
  context_window?: number | undefined;
  /** until the first header of an answer; default 600 */
  response_timeout_seconds?: number;
  /** between two pieces of an answer; the API pings far more often; default 90 */
  idle_timeout_seconds?: number;
}

/** Claude models over the Messages API, by @anthropic-ai/sdk without its own retries. */
export function createAnthropic(settings: AnthropicSettings): Provider {
  const { api_key, base_url } = settings;
  const configured: Provider['configured'] = () =>
    api_key ? { ok: true } : { ok: false, reason: `Set ${env_key} for the worker, restart it and retry.` };

  const client = () => {
    if (!api_key) throw new ProviderError('auth', `${env_key} is not set.`);
    return new Anthropic({
      apiKey: api_key,
      baseURL: base_url,
      maxRetries: 0,
      timeout: (settings.response_timeout_seconds ?? 600) * 1000,
      fetch: fetchWithIdleTimeout(service, settings.idle_timeout_seconds ?? 90),
      // Our log is JSON lines, and its debug level would hold prompts.
      logLevel: 'off',
    });
  };

  return {
    name: 'anthropic',
    default_model: settings.default_model ?? FACTS.default_model,
    env_key,
    base_url: base_url ?? FACTS.base_url,
    configured,
    reachable: async () => {
      if (!api_key) return false;
      return listModels(client()).then(
        () => true,
        (error: unknown) => !NO_ANSWER.includes(toProviderError(error, false, errorSource(api_key)).kind),
      );
    },
    models: async () => {
      try {
        return await listModels(client());
      } catch (error) {
        throw toProviderError(error, false, errorSource(api_key ?? ''));
      }
    },
    context_window: (model) => contextWindow('anthropic', model, settings.context_window),
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
  const { signal, on_delta, tally = newTally() } = options;
  const source = errorSource(client.apiKey ?? '');
  let answering = false;
  try {
    const { data: stream, response } = await client.messages
      .create(toParams(request), { signal })
      .withResponse();
    await refuseOther(
      response,
      service,
      (body) => new APIError(undefined, body, undefined, response.headers),
    );
    const reader = createMessageReader(tally);
    for await (const event of stream) {
      // an error may come without the event's name, by which the SDK knows it
      const { type, error } = event as { type: string; error?: unknown };
      if (type === 'error' && error) throw new APIError(undefined, event, undefined, response.headers);
      answering = true;
      const text = reader.add(event);
      if (text) on_delta(text);
    }
    // The client ends the stream of an aborted request as if it were whole.
    signal.throwIfAborted();
    return reader.end(response.headers);
  } catch (error) {
    signal.throwIfAborted();
    throw toProviderError(error, answering, source);
  }
}

const errorSource = (secret: string): ErrorSource => ({
  service,
  env_key,
  secret,
  read: readAnthropicError,
});
