import { MODEL_PROVIDERS, PROVIDERS, type ProviderVariable } from '../contracts/providers.ts';

/** What is known of one environment variable. */
export interface EnvVariable {
  readonly name: string;
  readonly purpose: string;
  /** The value taken when it is unset or empty. */
  readonly default?: string;
  /** Its value must never reach logs, events, history or the environment of commands. */
  readonly secret?: true;
  /** Set by the launcher or the tests for their own processes; nothing a user sets. */
  readonly internal?: true;
}

type ProviderVariables = (EnvVariable & { name: ProviderVariable })[];

/** Keys and addresses of the providers of models. */
const PROVIDER_VARIABLES = MODEL_PROVIDERS.flatMap((provider): ProviderVariables => {
  const { service, env_key, env_url, base_url } = PROVIDERS[provider];
  // without a key it is a service of one's own, whose usual address is worth telling
  if (env_key === null) return [{ ...env_url, default: base_url }];
  return [{ name: env_key, purpose: `key of the ${service} API`, secret: true }, env_url];
});

/** Every variable the project reads; no other file names one. */
export const ENV_VARIABLES = [
  { name: 'PORT', purpose: 'port of the API', default: '8080' },
  { name: 'HOST', purpose: 'address the API binds to', default: '127.0.0.1' },
  {
    name: 'ORCHESTRATOR_PUBLIC_URL',
    purpose: 'base URL of the API as agents over HTTP reach it; by default the loopback address and PORT',
  },
  {
    name: 'TEMPORAL_ADDRESS',
    purpose: 'host:port of a running Temporal server; when set, none is started',
    default: '127.0.0.1:7233',
  },
  { name: 'TEMPORAL_NAMESPACE', purpose: 'Temporal namespace', default: 'default' },
  { name: 'TEMPORAL_API_KEY', purpose: 'API key of Temporal Cloud; implies TLS', secret: true },
  { name: 'TEMPORAL_TLS', purpose: 'true: speak TLS to Temporal', default: 'false' },
  { name: 'TEMPORAL_TLS_CA', purpose: 'path of the CA certificate (PEM) of the Temporal server' },
  { name: 'TEMPORAL_TLS_CERT', purpose: 'path of the client certificate (PEM) for Temporal' },
  { name: 'TEMPORAL_TLS_KEY', purpose: 'path of the client key (PEM) for Temporal' },
  { name: 'TEMPORAL_PORT', purpose: 'port of the Temporal server that is started', default: '7233' },
  { name: 'TEMPORAL_UI_PORT', purpose: 'port at which the API serves the Temporal Web UI', default: '8233' },
  { name: 'TEMPORAL_UI_HOST', purpose: 'address that TEMPORAL_UI_PORT is bound to', default: '127.0.0.1' },
  {
    name: 'TEMPORAL_UI_UPSTREAM',
    purpose:
      'base URL of a Temporal Web UI that the API is to serve at TEMPORAL_UI_PORT, to admins only where there are API keys; npm start sets it for the Temporal server that it starts',
  },
  {
    name: 'TEMPORAL_UI_URL',
    purpose: 'base of links to the Temporal Web UI, where it is not the one that the API serves',
  },
  { name: 'ORCHESTRATOR_DATA_DIR', purpose: 'data folder', default: '.orchestrator' },
  { name: 'ORCHESTRATOR_CONFIG', purpose: 'path of the configuration file', default: 'orchestrator.yaml' },
  {
    name: 'DATABASE_URL',
    purpose: 'postgres://... to keep jobs in PostgreSQL instead of SQLite in the data folder',
    secret: true,
  },
  {
    name: 'REDIS_URL',
    purpose:
      'redis://... to carry live notes and share rate limits between machines; without it notes stay on this one, rate limits in each worker',
    secret: true,
  },
  {
    name: 'ARTIFACTS_URL',
    purpose: 's3://bucket/prefix or a folder; by default a folder in the data folder',
  },
  { name: 'ORCHESTRATOR_URL', purpose: 'API the CLI talks to; by default the one of the data folder' },
  { name: 'ORCHESTRATOR_API_KEY', purpose: 'API key the CLI sends', secret: true },
  ...PROVIDER_VARIABLES,
  {
    name: 'SMTP_URL',
    purpose: 'mail server of the tool send_email: smtp:// or smtps://, with user and password',
    secret: true,
  },
  { name: 'SMTP_FROM', purpose: 'sender of the tool send_email' },
  { name: 'SLACK_BOT_TOKEN', purpose: 'token of the tool slack_post', secret: true },
  { name: 'GITHUB_TOKEN', purpose: 'token of the tool github', secret: true },
  { name: 'GITHUB_API_URL', purpose: 'base URL of the GitHub API, when it is not the public one' },
  {
    name: 'ORCHESTRATOR_WEBHOOK_SECRET',
    purpose: 'signs what the tool send_webhook sends, according to Standard Webhooks',
    secret: true,
  },
  {
    name: 'LOG_LEVEL',
    purpose: 'lowest level that is logged: trace, debug, info, warn, error, fatal or silent',
    default: 'info',
  },
  {
    name: 'LOG_FILE_MAX_MB',
    purpose: 'size in MB at which logs/orchestrator.log is rotated',
    default: '50',
  },
  {
    name: 'LOG_FILES_KEPT',
    purpose: 'full log files that are kept, as logs/orchestrator.log.1 and so on',
    default: '5',
  },
  {
    name: 'ORCHESTRATOR_HEARTBEAT_SECONDS',
    purpose: 'heartbeat time-out of activities, in seconds',
    default: '10',
  },
  {
    name: 'ORCHESTRATOR_WORKER_CONCURRENCY',
    purpose: 'activities one worker process runs at once',
    default: '100',
  },
  {
    name: 'ORCHESTRATOR_WORKER_CACHED_WORKFLOWS',
    purpose:
      'live jobs and tasks that one worker process holds in memory, about 2 MB per job and 0.1 MB per task; others are replayed from their history when something happens to them',
    default: '300',
  },
  {
    name: 'METRICS_PORT',
    purpose: 'port at which a worker serves its own metrics and those of the Temporal SDK; unset: none',
  },
  { name: 'METRICS_HOST', purpose: 'address that METRICS_PORT is bound to', default: '127.0.0.1' },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    purpose: 'base URL of a collector that accepts traces over OTLP; unset: no traces',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    purpose: 'full URL for traces, instead of OTEL_EXPORTER_OTLP_ENDPOINT',
  },
  { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', purpose: 'protocol of the collector', default: 'http/protobuf' },
  { name: 'OTEL_SDK_DISABLED', purpose: 'true: no traces, whatever else is set' },
  { name: 'OTEL_TRACES_EXPORTER', purpose: 'none: no traces, whatever else is set' },
  {
    name: 'OTEL_TRACES_SAMPLER',
    purpose: 'which jobs are traced: always_on, always_off or traceidratio, with or without parentbased_',
    default: 'parentbased_always_on',
  },
  { name: 'OTEL_TRACES_SAMPLER_ARG', purpose: 'share of the jobs that traceidratio takes', default: '1' },
  {
    name: 'OTEL_BSP_SCHEDULE_DELAY',
    purpose: 'how long spans are gathered before they are sent, in milliseconds',
    default: '5000',
  },
  { name: 'XDG_CACHE_HOME', purpose: 'folder of the cached Temporal server; by default ~/.cache' },
  {
    name: 'ORCHESTRATOR_LAUNCHED',
    purpose:
      'set for the worker and the API: standard input is the pipe to the launcher, and the data folder holds examples that they may work in',
    internal: true,
  },
  {
    name: 'ORCHESTRATOR_KEYS_FD',
    purpose: 'set for the worker and the API: descriptor of the pipe that their keys come through',
    internal: true,
  },
] as const satisfies readonly EnvVariable[];

/** Prefix of the variables that `${secret:NAME}` in a spec resolves to. */
export const SECRET_PREFIX = 'ORCHESTRATOR_SECRET_';

/** A name of {@link ENV_VARIABLES}. */
export type EnvName = (typeof ENV_VARIABLES)[number]['name'];

/** Where values are read from; `process.env` unless a test says otherwise. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A variable holds something that can't be used; the message names it and says what it takes. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
}

/** True when the variable was given a value (an empty one counts as not given). */
export function envIsSet(name: EnvName, env: Env = process.env): boolean {
  return Boolean(env[name]?.trim());
}

/** The value, else the default, else undefined. */
export function envText(name: EnvName, env: Env = process.env): string | undefined {
  const given = env[name]?.trim();
  return given ? given : defaultOf(name);
}

/** The value of a variable that has a default. */
export function envString(name: EnvName, env: Env = process.env): string {
  const value = envText(name, env);
  if (value === undefined) throw new EnvError(`${name} is not set; it must hold: ${purposeOf(name)}.`);
  return value;
}

/** A number of at least `min`; whole unless `fraction`. Throws {@link EnvError}. */
export function envNumber(
  name: EnvName,
  range: { min: number; max?: number; fraction?: boolean },
  env: Env = process.env,
): number {
  const text = envString(name, env);
  const value = Number(text);
  const max = range.max ?? Number.MAX_SAFE_INTEGER;
  const whole = range.fraction || Number.isInteger(value);
  if (/^\d+(\.\d+)?$/.test(text) && whole && value >= range.min && value <= max) return value;
  const kind = range.fraction ? 'a number' : 'a whole number';
  const bounds = range.max === undefined ? `of at least ${range.min}` : `from ${range.min} to ${range.max}`;
  throw new EnvError(`${name} must be ${kind} ${bounds}, but is "${text}".`);
}

/** A TCP port, 0 (any free one) to 65535. Throws {@link EnvError}. */
export function envPort(name: EnvName, env: Env = process.env): number {
  return envNumber(name, { min: 0, max: 65_535 }, env);
}

/** `true`, `1`, `yes`, `on` or their opposites. Throws {@link EnvError}. */
export function envFlag(name: EnvName, env: Env = process.env): boolean {
  const text = envString(name, env).toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(text)) return true;
  if (['false', '0', 'no', 'off'].includes(text)) return false;
  throw new EnvError(`${name} must be true or false, but is "${text}".`);
}

/** One of the given values. Throws {@link EnvError}. */
export function envOneOf<T extends string>(name: EnvName, values: readonly T[], env: Env = process.env): T {
  const text = envString(name, env);
  const found = values.find((value) => value === text);
  if (found === undefined)
    throw new EnvError(`${name} must be one of ${values.join(', ')}, but is "${text}".`);
  return found;
}

function lookUp(name: EnvName): EnvVariable {
  const variables: readonly EnvVariable[] = ENV_VARIABLES;
  const found = variables.find((variable) => variable.name === name);
  if (!found) throw new Error(`${name} is missing in ENV_VARIABLES`);
  return found;
}

function defaultOf(name: EnvName): string | undefined {
  return lookUp(name).default;
}

function purposeOf(name: EnvName): string {
  return lookUp(name).purpose;
}
