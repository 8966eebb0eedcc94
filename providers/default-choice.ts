import { MODEL_PROVIDERS, PROVIDERS } from '../contracts/providers.ts';
import type { ProviderName } from '../contracts/spec.ts';
import type { Providers } from './registry.ts';

const withKey = MODEL_PROVIDERS.filter((name) => PROVIDERS[name].env_key !== null);
const withoutKey = MODEL_PROVIDERS.filter((name) => PROVIDERS[name].env_key === null);

/**
 * Who answers calls for which nothing names a provider: the first one that has a key; else one without keys (Ollama),
 * when it answers, by its default model or the first that it lists; else `anthropic`, whose `configured()` says what to
 * do. Takes a few seconds at most, and asks nobody while there is a key. `model` is null where there is none to name.
 */
export async function defaultChoice(
  providers: Providers,
): Promise<{ provider: ProviderName; model: string | null }> {
  const chosen = withKey.map((name) => providers[name]).find((provider) => provider.configured().ok);
  if (chosen) return { provider: chosen.name, model: chosen.default_model };
  for (const name of withoutKey) {
    const models = await providers[name].models().catch(() => null);
    if (models) return { provider: name, model: providers[name].default_model ?? models[0] ?? null };
  }
  return { provider: 'anthropic', model: providers.anthropic.default_model };
}
