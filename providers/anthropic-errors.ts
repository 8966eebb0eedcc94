import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import { type ApiFailure, kindNamed } from './errors.ts';
import { anthropicLimits, retryAfterSeconds } from './headers.ts';

const ALWAYS: readonly string[] = ['rate_limit_error', 'overloaded_error'];

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
    message: String(error.apiMessage ?? error.type ?? 'no explanation'),
    // what the API names by type counts whatever the status is; the rest where there is no status
    kind: ALWAYS.includes(error.type ?? '') || error.status === undefined ? kindNamed(error.type) : undefined,
    retry_after_seconds: retryAfterSeconds(error.headers),
    limits: anthropicLimits(error.headers),
  };
}
