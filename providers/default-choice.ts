import type { ProviderName } from '../contracts/spec.ts';
import type { Providers } from './registry.ts';

/** In the order of choice; each needs a key. */
const WITH_KEY = ['anthropic', 'openai', 'gemini'] as const;

/**
 * Who answers calls for which nothing names a provider: the first one that has a key; else Ollama, when it answers, by
 * its default model or the first that it lists; else `anthropic`, whose `configured()` says what to do.
 * Takes a few seconds at most, and asks nobody while there is a key. `model` is null where there is none to name.
 */
export async function defaultChoice(
  providers: Providers,
): Promise<{ provider: ProviderName; model: string | null }> {
  const chosen = WITH_KEY.map((name) => providers[name]).find((provider) => provider.configured().ok);
  if (chosen) return { provider: chosen.name, model: chosen.default_model };
  const { ollama, anthropic } = providers;
  const models = await ollama.models().catch(() => null);
  return models
    ? { provider: 'ollama', model: ollama.default_model ?? models[0] ?? null }
    : { provider: 'anthropic', model: anthropic.default_model };
}
