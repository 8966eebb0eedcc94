import type { AttemptError } from '../../contracts/attempt.ts';

const FIRST_DELAY_SECONDS = 1;
const LONGEST_DELAY_SECONDS = 60;

/** Code of an attempt that took longer than its agent may. */
export const SLA_EXCEEDED = 'sla_exceeded';
/** Attempts in all that an agent gets to keep to its time. */
const SLA_ATTEMPTS = 3;

/**
 * Whether a failed attempt is followed by another one, and after how many seconds: 1, 2, 4, ... up to 60, of
 * which a random half is taken off so that tasks that failed together do not come back together.
 * `random` is from 0 to 1.
 */
export function nextAttempt(input: {
  attempts_made: number;
  max_attempts: number;
  error: AttemptError;
  random: number;
}): { delay_seconds: number } | null {
  const { error, max_attempts } = input;
  const most = error.code === SLA_EXCEEDED ? Math.min(max_attempts, SLA_ATTEMPTS) : max_attempts;
  if (!error.retryable || input.attempts_made >= most) return null;
  const full = Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (input.attempts_made - 1));
  return { delay_seconds: full * (0.5 + input.random * 0.5) };
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
