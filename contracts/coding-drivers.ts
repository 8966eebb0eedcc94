import type { CodingBilling, CodingDriver } from './coding.ts';
import type { ProviderName } from './spec.ts';

/** What is known of a coding assistant apart from how it is spoken to. */
export interface DriverFacts {
  /** as it is called on PATH */
  program: string;
  /** whose models it asks */
  provider: ProviderName;
  /** the variables of the worker's that it gets, and no others of the service */
  variables: Readonly<Record<CodingBilling, readonly string[]>>;
  /** one of these is needed where its calls are billed */
  keys: readonly string[];
  /** files of a login, relative to HOME: it may write them when it renews its tokens */
  logins: readonly string[];
  /** what logs it in, as a person types it */
  log_in: string;
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
  },
  codex: {
    program: 'codex',
    provider: 'openai',
    variables: { api: ['OPENAI_API_KEY', 'OPENAI_BASE_URL', ...PROXIES], subscription: PROXIES },
    keys: ['OPENAI_API_KEY'],
    logins: ['.codex/auth.json'],
    log_in: 'codex login',
  },
};
