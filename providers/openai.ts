import OpenAI, { APIError } from 'openai';
import { PROVIDERS } from '../contracts/providers.ts';
import { contextWindow } from './context-window.ts';
import { type ErrorSource, refuseOther, toProviderError } from './errors.ts';
import { openAiLimits } from './headers.ts';
import { fetchWithIdleTimeout } from './idle-fetch.ts';
import { readOpenAiError } from './openai-errors.ts';
import type { Flavour } from './openai-flavours.ts';
import { toParams } from './openai-params.ts';
import { createStreamReader } from './openai-stream.ts';
import { type ModelReply, NO_ANSWER, newTally, type Provider, ProviderError } from './types.ts';

/** For the short questions: is it there, which models has it. */
const SHORT_TIMEOUT_SECONDS = 3;

export interface OpenAiSettings {
  /** ignored where the service takes none */
  api_key?: string | undefined;
  /** undefined: the provider's own */
  base_url?: string | undefined;
  default_model?: string | undefined;
  /** tokens, for all its models; see context-window.ts */
  context_window?: number | undefined;
  /** until the first header of an answer; default 600, though Node.js gives up at 300 */
  response_timeout_seconds?: number;
  /** between two pieces of an answer; nothing comes while a model thinks; default 240 */
  idle_timeout_seconds?: number;
}

/** Models of OpenAI, or of a service that speaks its chat completions, by the `openai` client without its own retries. */
export function createOpenAiCompatible(flavour: Flavour, settings: OpenAiSettings): Provider {
  const { name } = flavour;
  const { service, env_key, ...facts } = PROVIDERS[name];
  const base_url = settings.base_url ?? facts.base_url;
  const api_key = env_key === null ? NO_KEY : settings.api_key;
  const source: ErrorSource = {
    service,
    env_key,
    secret: env_key === null ? '' : (api_key ?? ''),
    read: readOpenAiError,
  };

  /** until it says that it does not know that option */
  let knowsUsage = true;

  const client = () => {
    if (!api_key) throw new ProviderError('auth', `${env_key} is not set.`);
    return new OpenAI({
      apiKey: api_key,
      baseURL: flavour.toUrl(base_url),
      // The client would take these from variables that are meant for OpenAI alone.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      defaultHeaders: name === 'openai' ? {} : withoutOpenAiHeaders(api_key),
      maxRetries: 0,
      timeout: (settings.response_timeout_seconds ?? 600) * 1000,
      fetch: fetchWithIdleTimeout(service, settings.idle_timeout_seconds ?? 240),
      // Our log is JSON lines, and its debug level would hold prompts.
      logLevel: 'off',
    });
  };

  return {
    name,
    default_model: settings.default_model ?? facts.default_model,
    env_key,
    base_url,
    configured: () =>
      api_key ? { ok: true } : { ok: false, reason: `Set ${env_key} for the worker, restart it and retry.` },
    reachable: async () => {
      if (!api_key) return false;
      return listModels(client()).then(
        () => true,
        (error: unknown) => !NO_ANSWER.includes(toProviderError(error, false, source).kind),
      );
    },
    models: async () => {
      try {
        return await listModels(client());
      } catch (error) {
        throw toProviderError(error, false, source);
      }
    },
    context_window: (model) => contextWindow(name, model, settings.context_window),
    async call(request, { signal, on_delta, tally = newTally() }): Promise<ModelReply> {
      let answering = false;
      tally.unseen = flavour.thinksUnseen(request.model);
      const open = () => {
        const params = toParams(request, flavour, { usage: knowsUsage });
        return client().chat.completions.create(params, { signal }).withResponse();
      };
      try {
        const { data: stream, response } = await open().catch((error: unknown) => {
          if (!knowsUsage || !refusesUsage(error)) throw error;
          knowsUsage = false;
          return open();
        });
        await refuseOther(response, service, (body) => inStream(body, response.headers));
        const reader = createStreamReader(flavour, tally);
        for await (const chunk of stream) {
          answering = true;
          const text = reader.add(chunk);
          if (text) on_delta(text);
        }
        // The client ends the stream of an aborted request as if it were whole.
        signal.throwIfAborted();
        return reader.end(openAiLimits(response.headers));
      } catch (error) {
        signal.throwIfAborted();
        throw toProviderError(error, answering, source);
      }
    },
  };
}

/** Whether a service refused the request because it asks for the usage: it is then made without asking. */
const refusesUsage = (error: unknown): boolean =>
  error instanceof APIError &&
  (error.status === 400 || error.status === 422) &&
  `${error.message} ${JSON.stringify(error.error)}`.includes('stream_options');

const inStream = (body: object, headers: Headers): APIError =>
  new APIError(undefined, 'error' in body ? Object(body.error) : body, undefined, headers);

/** The client insists on a key; the service ignores it. */
const NO_KEY = 'none';

/**
 * Takes back the headers of OPENAI_CUSTOM_HEADERS, which the client adds to every request and which may hold keys
 * meant for OpenAI alone. A key of ours that they would replace stays.
 */
function withoutOpenAiHeaders(api_key: string): Record<string, string | null> {
  const lines = (process.env.OPENAI_CUSTOM_HEADERS ?? '').split('\n').filter((line) => line.includes(':'));
  const names = lines.map((line) => line.slice(0, line.indexOf(':')).trim().toLowerCase());
  const taken = Object.fromEntries(names.filter(Boolean).map((name) => [name, null]));
  return { ...taken, authorization: `Bearer ${api_key}` };
}

/** Gemini calls its models `models/...`, and takes them without that. */
async function listModels(client: OpenAI): Promise<string[]> {
  const page = await client.models.list({ timeout: SHORT_TIMEOUT_SECONDS * 1000 });
  return page.data.map((model) => model.id.replace(/^models\//, ''));
}
