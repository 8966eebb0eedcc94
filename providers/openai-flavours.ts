import type { ProviderName } from '../contracts/spec.ts';
import { toGeminiSchema } from './gemini-schema.ts';

/** What differs between the services that speak OpenAI's chat completions. */
export interface Flavour {
  name: Extract<ProviderName, 'openai' | 'gemini' | 'ollama'>;
  /** as people call it */
  service: string;
  /** null: it takes no key */
  env_key: string | null;
  base_url: string;
  default_model: string | null;
  /** the field that bounds the answer: OpenAI's older one is the only one that others know */
  max_tokens_field: 'max_completion_tokens' | 'max_tokens';
  /** whether `strict` structured outputs are known */
  strict: boolean;
  /** a JSON schema in the words that it takes */
  toSchema(schema: Record<string, unknown>): Record<string, unknown>;
}

/** Default models are the newest general ones that the price table lists under their own names. */
export const OPENAI: Flavour = {
  name: 'openai',
  service: 'OpenAI',
  env_key: 'OPENAI_API_KEY',
  base_url: 'https://api.openai.com/v1',
  default_model: 'gpt-6-sol',
  max_tokens_field: 'max_completion_tokens',
  strict: true,
  toSchema: withoutDialect,
};

/** @see https://ai.google.dev/gemini-api/docs/openai */
export const GEMINI: Flavour = {
  name: 'gemini',
  service: 'Gemini',
  env_key: 'GEMINI_API_KEY',
  base_url: 'https://generativelanguage.googleapis.com/v1beta/openai/',
  default_model: 'gemini-3.8-flash',
  max_tokens_field: 'max_tokens',
  strict: false,
  toSchema: toGeminiSchema,
};

/**
 * Which models there are depends on what was pulled: none is taken by default.
 * @see https://docs.ollama.com/api/openai-compatibility
 */
export const OLLAMA: Flavour = {
  name: 'ollama',
  service: 'Ollama',
  env_key: null,
  base_url: 'http://127.0.0.1:11434',
  default_model: null,
  max_tokens_field: 'max_tokens',
  strict: false,
  toSchema: withoutDialect,
};

function withoutDialect({ $schema: _, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}
