import type { ModelProvider } from '../contracts/providers.ts';
import { toGeminiSchema } from './gemini-schema.ts';

/** What differs between the services that speak OpenAI's chat completions, in how they speak. */
export interface Flavour {
  name: Exclude<ModelProvider, 'anthropic'>;
  /** the field that bounds the answer: OpenAI's older one is the only one that others know */
  max_tokens_field: 'max_completion_tokens' | 'max_tokens';
  /** whether `strict` structured outputs are known */
  strict: boolean;
  /** a JSON schema in the words that it takes */
  toSchema(schema: Record<string, unknown>): Record<string, unknown>;
  /** where this API is, by the address that people give */
  toUrl(base_url: string): string;
  /**
   * Whether a model thinks in tokens that are billed and not streamed: what a broken answer of it cost can't be told
   * from what came.
   */
  thinksUnseen(model: string): boolean;
}

const COMMON = {
  max_tokens_field: 'max_tokens',
  strict: false,
  toSchema: ({ $schema: _, ...schema }) => schema,
  toUrl: (base_url) => base_url,
  thinksUnseen: () => false,
} satisfies Omit<Flavour, 'name'>;

/** Every such service, by the provider's name. */
export const FLAVOURS: { readonly [N in Flavour['name']]: Flavour & { name: N } } = {
  openai: {
    ...COMMON,
    name: 'openai',
    max_tokens_field: 'max_completion_tokens',
    strict: true,
    thinksUnseen: (model) => /^(o\d|gpt-([5-9]|\d\d))/.test(model),
  },

  /** @see https://ai.google.dev/gemini-api/docs/openai */
  gemini: {
    ...COMMON,
    name: 'gemini',
    toSchema: toGeminiSchema,
    // since 2.5
    thinksUnseen: (model) => {
      const [, major = '0', minor = '0'] = /^(?:models\/)?gemini-(\d+)(?:\.(\d+))?/.exec(model) ?? [];
      return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 5);
    },
  },

  /** @see https://docs.ollama.com/api/openai-compatibility */
  ollama: {
    ...COMMON,
    name: 'ollama',
    // its address is given without the path of this API, as its own tools take it
    toUrl: (base_url) => `${base_url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`,
  },
};
