import { type Env, envIsSet, envText } from '../config/env.ts';
import type { Config } from '../contracts/config.ts';
import type { ProviderName } from '../contracts/spec.ts';
import { createAnthropic } from './anthropic.ts';
import { createOffline } from './offline.ts';
import { createOpenAiCompatible } from './openai.ts';
import { GEMINI, OLLAMA, OPENAI } from './openai-flavours.ts';
import type { Provider } from './types.ts';

/** Every provider by name. */
export type Providers = Record<ProviderName, Provider>;

/** An entry of `GET /orchestrate/providers`. */
export interface ProviderInfo {
  provider: ProviderName;
  default_model: string | null;
  env_key: string | null;
  base_url: string | null;
  /** whether calls can be made with what is set up here */
  configured: boolean;
  reachable: boolean;
  /** as the provider lists them; empty where it can't be asked */
  models: string[];
}

/**
 * The providers, set up by their environment variables and `providers:` of the config; a variable wins over
 * the config.
 */
export function createProviders(env: Env, config: Pick<Config, 'providers'>): Providers {
  const { anthropic, openai, gemini, ollama } = config.providers;
  return {
    anthropic: createAnthropic({
      api_key: envText('ANTHROPIC_API_KEY', env),
      base_url: envText('ANTHROPIC_BASE_URL', env) ?? anthropic?.base_url,
      default_model: anthropic?.default_model,
      context_window: anthropic?.context_window,
    }),
    openai: createOpenAiCompatible(OPENAI, {
      ...openai,
      api_key: envText('OPENAI_API_KEY', env),
      base_url: envText('OPENAI_BASE_URL', env) ?? openai?.base_url,
    }),
    gemini: createOpenAiCompatible(GEMINI, {
      ...gemini,
      api_key: envText('GEMINI_API_KEY', env),
      base_url: envText('GEMINI_BASE_URL', env) ?? gemini?.base_url,
    }),
    ollama: createOpenAiCompatible(OLLAMA, {
      ...ollama,
      // The variable has a default, which must not hide the config.
      base_url: envIsSet('OLLAMA_BASE_URL', env)
        ? envText('OLLAMA_BASE_URL', env)
        : (ollama?.base_url ?? envText('OLLAMA_BASE_URL', env)),
    }),
    offline: createOffline(),
  };
}

/** What `GET /orchestrate/providers` shows; asks those that are set up, all at once, a few seconds at most. */
export async function providerInfos(providers: Providers): Promise<ProviderInfo[]> {
  return Promise.all(Object.values(providers).map(providerInfo));
}

async function providerInfo(provider: Provider): Promise<ProviderInfo> {
  const configured = provider.configured().ok;
  const [reachable, models] = await Promise.all([
    provider.reachable(),
    configured ? provider.models().catch(() => []) : [],
  ]);
  return {
    provider: provider.name,
    default_model: provider.default_model,
    env_key: provider.env_key,
    base_url: provider.base_url,
    configured,
    reachable,
    models,
  };
}
