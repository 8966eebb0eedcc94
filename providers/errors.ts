import { readExactJson } from '../core/text/exact-json.ts';
import { NotSentError } from './sent.ts';
import { ProviderError, type ProviderErrorKind, type RateLimits } from './types.ts';

/** An error of an SDK, in no SDK's own classes. */
export type ApiFailure =
  | { at: 'timeout' }
  | { at: 'connection' }
  | {
      at: 'answer';
      /** of the HTTP answer; undefined for an error in the middle of a stream */
      status: number | undefined;
      /** the API's own words */
      message: string;
      /** where the status alone does not say what is wrong */
      kind?: ProviderErrorKind | undefined;
      retry_after_seconds: number | null;
      limits: RateLimits | undefined;
    };

/** Whose error it is, and how to read it. */
export interface ErrorSource {
  /** as people call it: `OpenAI` */
  service: string;
  env_key: string | null;
  /** the key, which an API or a proxy might repeat in its message */
  secret: string;
  /** null: no error of the API */
  read(error: unknown): ApiFailure | null;
}

/** Connection errors that come before the request was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Statuses that a gateway gives when it lost sight of a request that may go on behind it. */
const OUTCOME_UNKNOWN_STATUSES: readonly (number | undefined)[] = [408, 504];

/**
 * What an error of an SDK means for the caller.
 * @param answering whether the model had begun to answer: from then on the call may be billed
 */
export function toProviderError(error: unknown, answering: boolean, source: ErrorSource): ProviderError {
  const own = causes(error).find((cause) => cause instanceof ProviderError);
  if (own) return own;
  const failure = source.read(error);
  const described = describe(error, failure, source.service);
  const message = source.secret ? described.replaceAll(source.secret, '***') : described;
  // an error that the API itself names is what it says, wherever it stands
  const inStream = failure?.at === 'answer' && failure.status === undefined;
  if (answering && !(inStream && failure.kind)) {
    return new ProviderError('unknown_outcome', `The answer broke off: ${message}`);
  }
  if (failure && failure.at !== 'answer') {
    const kind = failure.at === 'timeout' ? 'timeout' : 'unknown_outcome';
    return new ProviderError(wasNeverSent(error) ? 'unavailable' : kind, message);
  }
  if (!failure) return new ProviderError('unknown_outcome', message);
  const kind = failure.kind ?? kindOfStatus(failure.status);
  const advice = kind === 'auth' && source.env_key ? ` Check ${source.env_key}.` : '';
  return new ProviderError(kind, message + advice, failure.retry_after_seconds, failure.limits);
}

/** Kinds by the words of the services for them, in small letters. */
const NAMED: Record<string, ProviderErrorKind> = {
  rate_limit_error: 'rate_limited',
  rate_limit_exceeded: 'rate_limited',
  resource_exhausted: 'rate_limited',
  too_many_requests: 'rate_limited',
  overloaded_error: 'overloaded',
  overloaded: 'overloaded',
  service_unavailable: 'overloaded',
  unavailable: 'overloaded',
  // no waiting helps against an account without money
  insufficient_quota: 'auth',
  billing_error: 'auth',
  billing_hard_limit_reached: 'auth',
  billing_not_active: 'auth',
  authentication_error: 'auth',
  invalid_api_key: 'auth',
  permission_error: 'auth',
  permission_denied: 'auth',
  unauthenticated: 'auth',
  invalid_request_error: 'invalid_request',
  invalid_argument: 'invalid_request',
  context_length_exceeded: 'invalid_request',
  failed_precondition: 'invalid_request',
  model_not_found: 'invalid_request',
  not_found: 'invalid_request',
  not_found_error: 'invalid_request',
  request_too_large: 'invalid_request',
};

/**
 * What an error is by what it is called: a word of a service, or an HTTP status as number or text. Undefined for anything
 * else.
 */
export function kindNamed(name: unknown): ProviderErrorKind | undefined {
  if (typeof name === 'string' && Object.hasOwn(NAMED, name.toLowerCase())) return NAMED[name.toLowerCase()];
  const status = typeof name === 'string' && /^[45]\d\d$/.test(name) ? Number(name) : name;
  if (typeof status !== 'number' || status < 400 || status > 599) return undefined;
  return status === 503 ? 'overloaded' : kindOfStatus(status);
}

/**
 * Throws where the answer to a request for a stream is a document: an error in it is one of the API.
 * @param toError makes an error of the SDK from the document
 */
export async function refuseOther(
  response: Response,
  service: string,
  toError: (body: object) => Error,
): Promise<void> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) return;
  const text = await response.clone().text();
  const read = readExactJson(text);
  // some servers call a stream so
  if ('problem' in read) return;
  const body = read.value;
  if (typeof body === 'object' && body !== null && 'error' in body && body.error) throw toError(body);
  throw new ProviderError('unknown_outcome', `${service} answered with a document, not with a stream.`);
}

function kindOfStatus(status: number | undefined): ProviderErrorKind {
  if (status === 429) return 'rate_limited';
  if (status === 529) return 'overloaded';
  if (status === 401 || status === 403) return 'auth';
  if (OUTCOME_UNKNOWN_STATUSES.includes(status)) return 'unknown_outcome';
  return status !== undefined && status < 500 ? 'invalid_request' : 'unavailable';
}

/** One sentence for the user: status and the API's own words; for a lost connection, its cause. */
function describe(error: unknown, failure: ApiFailure | null, service: string): string {
  if (failure?.at === 'timeout') return `${service} did not answer in time.`;
  if (failure?.at === 'connection') {
    return `${service} could not be reached (${causes(error).map(codeOf).find(Boolean) ?? 'connection error'}).`;
  }
  if (failure) return sentence(`${service} answered ${failure.status ?? 'error'}: ${failure.message}`);
  return sentence(`The call to ${service} failed: ${error instanceof Error ? error.message : String(error)}`);
}

const sentence = (text: string): string => clipped(/[.!?]$/.test(text) ? text : `${text}.`);

/** Some APIs and proxies answer with whole pages, or repeat what they were sent. */
const clipped = (text: string): string =>
  text.length <= MESSAGE_CHARS ? text : `${text.slice(0, MESSAGE_CHARS - 4).trimEnd()} ...`;
const MESSAGE_CHARS = 500;

const wasNeverSent = (error: unknown): boolean =>
  causes(error).some((cause) => cause instanceof NotSentError || NEVER_SENT.has(codeOf(cause) ?? ''));

/** The error and what it was caused by; an AggregateError stands for all its parts. */
function causes(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const parts = error instanceof AggregateError ? error.errors.flatMap(causes) : [];
  return [error, ...parts, ...causes(error.cause)];
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
