import type { CodingAgentSettings, CodingBilling, CodingDriver } from './coding.ts';
import type { ProviderName } from './spec.ts';

/** What is known of a coding assistant apart from how it is spoken to. */
export interface DriverFacts {
  /** as it is called on PATH */
  program: string;
  /** whose models it asks */
  provider: ProviderName;
  /** the variables of the worker's that it gets, and no others of the service */
  variables: Readonly<Record<CodingBilling, readonly string[]>>;
  /** one of these is needed where its calls are billed; none are named: that can't be told */
  keys: readonly string[];
  /** files of a login, relative to HOME: it may write them when it renews its tokens */
  logins: readonly string[];
  /** what logs it in, as a person types it */
  log_in: string;
  /** it can have a person asked while it works */
  asks: boolean;
  /** it tells what it uses while it works, so that money can be held */
  counts: boolean;
}

/** Variables by which any program finds its way through a proxy. */
const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'];

/** Every coding assistant that can be run, by name. */
export const CODING_DRIVERS: Readonly<Record<CodingDriver, DriverFacts>> = {
  claude: {
    program: 'claude',
    provider: 'anthropic',
    variables: {
      api: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL', ...PROXIES],
      // with a key it would be billed by the call
      subscription: ['CLAUDE_CODE_OAUTH_TOKEN', ...PROXIES],
    },
    keys: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'],
    logins: ['.claude/.credentials.json'],
    log_in: 'claude, then /login',
    asks: true,
    counts: true,
  },
  codex: {
    program: 'codex',
    provider: 'openai',
    variables: { api: ['OPENAI_API_KEY', 'OPENAI_BASE_URL', ...PROXIES], subscription: PROXIES },
    keys: ['OPENAI_API_KEY'],
    logins: ['.codex/auth.json'],
    log_in: 'codex login',
    asks: false,
    counts: true,
  },
  gemini: {
    program: 'gemini',
    provider: 'gemini',
    variables: {
      api: ['GEMINI_API_KEY', 'GOOGLE_GEMINI_BASE_URL', ...PROXIES],
      subscription: ['GOOGLE_CLOUD_PROJECT', ...PROXIES],
    },
    keys: ['GEMINI_API_KEY'],
    logins: ['.gemini/oauth_creds.json', '.gemini/google_accounts.json'],
    log_in: 'gemini, then /auth',
    asks: true,
    counts: true,
  },
  opencode: {
    program: 'opencode',
    provider: 'anthropic',
    variables: { api: PROXIES, subscription: PROXIES },
    keys: [],
    logins: ['.local/share/opencode/auth.json'],
    log_in: 'opencode auth login',
    asks: true,
    counts: true,
  },
  acp: {
    program: 'acp',
    provider: 'anthropic',
    variables: { api: PROXIES, subscription: PROXIES },
    keys: [],
    logins: [],
    log_in: 'as its documentation says',
    asks: true,
    counts: false,
  },
};

/** The variables of a provider, for assistants that ask any of them. */
const OF_PROVIDERS: Partial<Record<ProviderName, { keys: readonly string[]; others: readonly string[] }>> = {
  anthropic: { keys: ['ANTHROPIC_API_KEY'], others: ['ANTHROPIC_BASE_URL'] },
  openai: { keys: ['OPENAI_API_KEY'], others: ['OPENAI_BASE_URL'] },
  gemini: { keys: ['GEMINI_API_KEY'], others: ['GOOGLE_GEMINI_BASE_URL'] },
};

/** What is known of an assistant by its file: of those that ask any provider, with the variables of theirs. */
export function factsOf(
  settings: Pick<CodingAgentSettings, 'driver' | 'provider' | 'variables'>,
): DriverFacts {
  const facts = CODING_DRIVERS[settings.driver];
  const provider = settings.provider ?? facts.provider;
  if (settings.driver === 'acp') {
    const given = [...(settings.variables ?? []), ...PROXIES];
    return { ...facts, provider, variables: { api: given, subscription: given } };
  }
  const own = settings.driver === 'opencode' ? OF_PROVIDERS[provider] : undefined;
  if (!own) return { ...facts, provider };
  const { keys, others } = own;
  return {
    ...facts,
    provider,
    keys,
    variables: { ...facts.variables, api: [...keys, ...others, ...PROXIES] },
  };
}
