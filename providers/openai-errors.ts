import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { z } from 'zod';
import { type ApiFailure, kindNamed } from './errors.ts';
import { openAiLimits, retryAfterSeconds } from './headers.ts';
import type { ProviderErrorKind } from './types.ts';

/**
 * An error of the `openai` client; null for any other.
 * @see https://platform.openai.com/docs/guides/error-codes
 */
export function readOpenAiError(error: unknown): ApiFailure | null {
  if (error instanceof APIConnectionTimeoutError) return { at: 'timeout' };
  if (error instanceof APIConnectionError) return { at: 'connection' };
  if (!(error instanceof APIError)) return null;
  const body = ErrorBody.safeParse(error.error).data;
  return {
    at: 'answer',
    status: error.status,
    message: body?.message ?? error.message.replace(/^\d+ /, ''),
    kind: kindOf(error.status, body),
    retry_after_seconds: retryAfterSeconds(error.headers) ?? retryDelaySeconds(body),
    limits: openAiLimits(error.headers),
  };
}

const ErrorFields = z.object({
  message: z.string().optional().catch(undefined),
  code: z.unknown().optional(),
  type: z.unknown().optional(),
  status: z.unknown().optional(),
  details: z
    .array(z.object({ reason: z.string().optional(), retryDelay: z.string().optional() }))
    .optional()
    .catch(undefined),
});
type ErrorFields = z.infer<typeof ErrorFields>;

/** Gemini wraps its error in a list. */
const ErrorBody = z.union([
  ErrorFields,
  z.tuple([z.object({ error: ErrorFields })]).transform(([first]) => first.error),
]);

function kindOf(status: number | undefined, body: ErrorFields | undefined): ProviderErrorKind | undefined {
  // No waiting helps against an account without money.
  if (status === 429 && body?.code === 'insufficient_quota') return 'auth';
  if (status === 503) return 'overloaded';
  // What Gemini answers to a wrong key is 400.
  if (body?.details?.some((detail) => detail.reason === 'API_KEY_INVALID')) return 'auth';
  // in the middle of a stream there is no other status than the one that the error names
  if (status !== undefined || !body) return undefined;
  return kindNamed(body.code) ?? kindNamed(body.status) ?? kindNamed(body.type);
}

/** Gemini says in the body how long to wait: `"retryDelay": "34.07s"`. */
function retryDelaySeconds(body: ErrorFields | undefined): number | null {
  const delay = body?.details?.find((detail) => detail.retryDelay)?.retryDelay ?? '';
  return /^\d+(\.\d+)?s$/.test(delay) ? Number.parseFloat(delay) : null;
}
