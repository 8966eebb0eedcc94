import { type Env, envIsSet, envText } from '../config/env.ts';
import type { Config } from '../contracts/config.ts';
import { type ModelProvider, PROVIDERS } from '../contracts/providers.ts';
import type { ProviderName } from '../contracts/spec.ts';
import { createAnthropic } from './anthropic.ts';
import { createOffline } from './offline.ts';
import { createOpenAiCompatible } from './openai.ts';
import { FLAVOURS, type Flavour } from './openai-flavours.ts';
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
  const settings = (name: ModelProvider) => {
    const { env_key, env_url } = PROVIDERS[name];
    const given = config.providers[name];
    return {
      ...given,
      api_key: env_key === null ? undefined : envText(env_key, env),
      // a variable that is not set may have a default, which must not hide the config
      base_url: envIsSet(env_url.name, env) ? envText(env_url.name, env) : given?.base_url,
    };
  };
  const compatible = Object.values(FLAVOURS).map((flavour) => [
    flavour.name,
    createOpenAiCompatible(flavour, settings(flavour.name)),
  ]);
  return {
    anthropic: createAnthropic(settings('anthropic')),
    ...(Object.fromEntries(compatible) as Record<Flavour['name'], Provider>),
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
