import type { ProviderName } from '../contracts/spec.ts';
import { knownModel } from './known-model.ts';

/**
 * Tokens that are safe to take for models nobody knows: the least among each provider's models that are still
 * offered for texts. Ollama's depends on how the server was started, and a longer prompt is cut without a word: it
 * is what a server for agents should have (OLLAMA_CONTEXT_LENGTH).
 */
const SAFE_TOKENS: Record<ProviderName, number> = {
  anthropic: 200_000,
  openai: 128_000,
  gemini: 128_000,
  ollama: 32_768,
  offline: 0,
};

/**
 * Tokens of prompt and answer together: what the config says for the provider, else what the table of
 * @pydantic/genai-prices knows of the model, else {@link SAFE_TOKENS}.
 */
export function contextWindow(provider: ProviderName, model: string, configured?: number): number {
  return configured ?? knownModel(provider, model)?.model.context_window ?? SAFE_TOKENS[provider];
}
