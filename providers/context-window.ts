import { PROVIDERS } from '../contracts/providers.ts';
import type { ProviderName } from '../contracts/spec.ts';
import { knownModel } from './known-model.ts';

/**
 * Tokens of prompt and answer together: what the config says for the provider, else what the table of
 * @pydantic/genai-prices knows of the model, else what is safe for any model of the provider.
 */
export function contextWindow(provider: ProviderName, model: string, configured?: number): number {
  return (
    configured ?? knownModel(provider, model)?.model.context_window ?? PROVIDERS[provider].context_window
  );
}
