import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import type { ApiFailure } from './errors.ts';
import { anthropicLimits, retryAfterSeconds } from './headers.ts';
import type { ProviderErrorKind } from './types.ts';

/** Kinds that the API names by type, whatever the status. */
const KINDS: Record<string, ProviderErrorKind> = {
  rate_limit_error: 'rate_limited',
  overloaded_error: 'overloaded',
};

/**
 * An error of @anthropic-ai/sdk; null for any other.
 * @see https://docs.claude.com/en/api/errors
 */
export function readAnthropicError(error: unknown): ApiFailure | null {
  if (error instanceof APIConnectionTimeoutError) return { at: 'timeout' };
  if (error instanceof APIConnectionError) return { at: 'connection' };
  if (!(error instanceof APIError)) return null;
  return {
    at: 'answer',
    status: error.status,
    message: error.apiMessage ?? error.type ?? 'no explanation',
    kind: KINDS[error.type ?? ''],
    retry_after_seconds: retryAfterSeconds(error.headers),
    limits: anthropicLimits(error.headers),
  };
}
