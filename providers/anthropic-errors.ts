import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  AuthenticationError,
  PermissionDeniedError,
} from '@anthropic-ai/sdk';
import { ProviderError } from './types.ts';

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
 * What an error of the SDK means for the caller.
 * @param answering whether the model had begun to answer: from then on the call may be billed
 * @param secret the key, which an API or a proxy might repeat in its message
 * @see https://docs.claude.com/en/api/errors
 */
export function toProviderError(error: unknown, answering: boolean, secret = ''): ProviderError {
  if (error instanceof ProviderError) return error;
  const described = describe(error);
  const message = secret ? described.replaceAll(secret, '***') : described;
  if (answering) return new ProviderError('unknown_outcome', `The answer broke off: ${message}`);
  if (error instanceof APIConnectionTimeoutError) return new ProviderError('timeout', message);
  if (error instanceof APIConnectionError) {
    return new ProviderError(wasNeverSent(error) ? 'unavailable' : 'unknown_outcome', message);
  }
  if (!(error instanceof APIError)) return new ProviderError('unknown_outcome', message);
  const wait = retryAfterSeconds(error.headers);
  if (error.status === 429 || error.type === 'rate_limit_error') {
    return new ProviderError('rate_limited', message, wait);
  }
  if (error.status === 529 || error.type === 'overloaded_error') {
    return new ProviderError('overloaded', message, wait);
  }
  if (error instanceof AuthenticationError || error instanceof PermissionDeniedError) {
    return new ProviderError('auth', `${message} Check ANTHROPIC_API_KEY.`);
  }
  if (OUTCOME_UNKNOWN_STATUSES.includes(error.status)) return new ProviderError('unknown_outcome', message);
  if (error.status !== undefined && error.status < 500) return new ProviderError('invalid_request', message);
  return new ProviderError('unavailable', message, wait);
}

/**
 * Seconds to wait, by `retry-after-ms`, then `retry-after` (seconds or an HTTP date); null when neither says.
 */
export function retryAfterSeconds(headers: Headers | undefined): number | null {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds / 1000);
  const text = headers?.get('retry-after');
  if (!text) return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000);
}

/** One sentence for the user: status and the API's own words; for a lost connection, its cause. */
function describe(error: unknown): string {
  if (error instanceof APIConnectionTimeoutError) return 'Anthropic did not answer in time.';
  if (error instanceof APIConnectionError) {
    return `Anthropic could not be reached (${causes(error).map(codeOf).find(Boolean) ?? 'connection error'}).`;
  }
  if (error instanceof APIError) {
    const status = error.status === undefined ? (error.type ?? 'error') : String(error.status);
    return sentence(`Anthropic answered ${status}: ${error.apiMessage ?? error.type ?? 'no explanation'}`);
  }
  return sentence(`The call to Anthropic failed: ${error instanceof Error ? error.message : String(error)}`);
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

const wasNeverSent = (error: Error): boolean =>
  causes(error).some((cause) => NEVER_SENT.has(codeOf(cause) ?? ''));

/** The error and what it was caused by; an AggregateError stands for all its parts. */
function causes(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const parts = error instanceof AggregateError ? error.errors.flatMap(causes) : [];
  return [error, ...parts, ...causes(error.cause)];
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
