import type { ProviderName } from '../contracts/spec.ts';

/**
 * Whether a model thinks in tokens that are billed and not streamed: what a broken answer of it cost can't be told from
 * what came. OpenAI's reasoning models, and Gemini's since 2.5.
 */
export function thinksUnseen(provider: ProviderName, model: string): boolean {
  if (provider === 'openai') return /^(o\d|gpt-([5-9]|\d\d))/.test(model);
  if (provider !== 'gemini') return false;
  const [, major = '0', minor = '0'] = /^(?:models\/)?gemini-(\d+)(?:\.(\d+))?/.exec(model) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 5);
}
