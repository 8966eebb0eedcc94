import type { AttemptError } from '../../contracts/attempt.ts';
import type { RetryPolicy } from '../../contracts/plan.ts';

const USUAL: RetryPolicy = { initial_seconds: 1, factor: 2, max_seconds: 60, jitter: 0.5 };

/** Code of an attempt that took longer than its agent may. */
export const SLA_EXCEEDED = 'sla_exceeded';
/** Attempts in all that an agent gets to keep to its time. */
const SLA_ATTEMPTS = 3;

/**
 * Whether a failed attempt is followed by another one, and after how many seconds: 1, 2, 4, ... up to 60 unless the
 * task says otherwise, of which chance takes off up to a half so that tasks that failed together do not come back
 * together. `random` is from 0 to 1.
 */
export function nextAttempt(input: {
  attempts_made: number;
  max_attempts: number;
  retry?: RetryPolicy | undefined;
  error: AttemptError;
  random: number;
}): { delay_seconds: number } | null {
  const { error, max_attempts, retry = USUAL } = input;
  const most = error.code === SLA_EXCEEDED ? Math.min(max_attempts, SLA_ATTEMPTS) : max_attempts;
  if (!error.retryable || input.attempts_made >= most) return null;
  if (retry.on && !retry.on.includes(error.code)) return null;
  const { initial_seconds, factor, max_seconds, jitter } = retry;
  const full = Math.min(max_seconds, initial_seconds * factor ** (input.attempts_made - 1));
  return { delay_seconds: full * (1 - jitter + input.random * jitter) };
}

/** Failures that are none of the agent's doing: the next attempt goes on from the last good turn. */
const OUTSIDE = new Set([
  'worker_lost',
  'clone_missing',
  'answer_lost',
  'provider_unavailable',
  'provider_timeout',
  'provider_auth',
  'overloaded',
  'rate_limited',
  'internal',
]);

/** Whether the agent can continue where it left off, or has to start over with its mistake explained. */
export const wasOutside = (error: AttemptError): boolean => OUTSIDE.has(error.code);
