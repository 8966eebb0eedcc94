/** What is known of a provider of models, apart from how it is spoken to. */
interface ProviderFacts {
  /** as people call it */
  service: string;
  /** the environment variable of its key; null: it takes none */
  env_key: string | null;
  /** the one of its address, and what the address is; null: it has none */
  env_url: { name: string; purpose: string } | null;
  /** its public address, or where it runs on one's own machine */
  base_url: string | null;
  /** the newest general model that the price table lists under its own name; null: none is taken by default */
  default_model: string | null;
  /**
   * tokens of prompt and answer that are safe to take for a model nobody knows: the least among its models that are
   * still offered for texts
   */
  context_window: number;
  /** it bills nothing, whatever the model */
  free: boolean;
  /** what the table of @pydantic/genai-prices calls it; null: it is not there */
  price_table: string | null;
  /** its `gen_ai.provider.name` in traces */
  otel_name: string;
}

/**
 * Every provider of models, by name, in the order of choice where nothing names one. Names, variables, prices, limits
 * and texts come from here; how each is spoken to is in providers/. Free of zod: workflows load it.
 */
export const PROVIDERS = {
  anthropic: {
    service: 'Anthropic',
    env_key: 'ANTHROPIC_API_KEY',
    env_url: {
      name: 'ANTHROPIC_BASE_URL',
      purpose: 'base URL of the Anthropic API, when it is not the public one',
    },
    base_url: 'https://api.anthropic.com',
    default_model: 'claude-sonnet-5',
    context_window: 200_000,
    free: false,
    price_table: 'anthropic',
    otel_name: 'anthropic',
  },
  openai: {
    service: 'OpenAI',
    env_key: 'OPENAI_API_KEY',
    env_url: {
      name: 'OPENAI_BASE_URL',
      purpose: 'base URL of the OpenAI API, or of a service that speaks its chat completions, with its path',
    },
    base_url: 'https://api.openai.com/v1',
    default_model: 'gpt-6-sol',
    context_window: 128_000,
    free: false,
    price_table: 'openai',
    otel_name: 'openai',
  },
  gemini: {
    service: 'Gemini',
    env_key: 'GEMINI_API_KEY',
    env_url: {
      name: 'GEMINI_BASE_URL',
      purpose: 'base URL of the OpenAI-compatible Gemini API, with its path',
    },
    base_url: 'https://generativelanguage.googleapis.com/v1beta/openai/',
    default_model: 'gemini-3.8-flash',
    context_window: 128_000,
    free: false,
    price_table: 'google',
    otel_name: 'gcp.gemini',
  },
  ollama: {
    service: 'Ollama',
    env_key: null,
    env_url: { name: 'OLLAMA_BASE_URL', purpose: 'base URL of Ollama' },
    base_url: 'http://127.0.0.1:11434',
    // which models there are depends on what was pulled
    default_model: null,
    // depends on how the server was started (OLLAMA_CONTEXT_LENGTH): what one for agents should have
    context_window: 32_768,
    free: true,
    price_table: null,
    otel_name: 'ollama',
  },
  /** no model at all: what needs one says so instead of being made up */
  offline: {
    service: 'offline',
    env_key: null,
    env_url: null,
    base_url: null,
    default_model: null,
    context_window: 0,
    free: true,
    price_table: null,
    otel_name: 'offline',
  },
} as const satisfies Record<string, ProviderFacts>;

type Name = keyof typeof PROVIDERS;

export const PROVIDER_NAMES = Object.keys(PROVIDERS) as Name[];

/** Those that have models. */
export type ModelProvider = Exclude<Name, 'offline'>;
export const MODEL_PROVIDERS = PROVIDER_NAMES.filter((name): name is ModelProvider => name !== 'offline');

/** An environment variable that sets up a provider. */
export type ProviderVariable = NonNullable<
  (typeof PROVIDERS)[Name]['env_key'] | (typeof PROVIDERS)[ModelProvider]['env_url']['name']
>;

/** The variables of their keys, in the order of choice. */
export const KEY_VARIABLES = MODEL_PROVIDERS.flatMap((name) => PROVIDERS[name].env_key ?? []);
