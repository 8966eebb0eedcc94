import type { AttemptError } from '../../contracts/attempt.ts';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import type { End, FailureKind } from './drivers/driver.ts';
import type { ProgramEnd } from './run-program.ts';

/** How the assistants' own words for what went wrong are reported. */
const CODES: Record<
  Exclude<FailureKind, 'rate_limited' | 'overloaded'>,
  Pick<AttemptError, 'code' | 'retryable'>
> = {
  auth: { code: 'provider_auth', retryable: false },
  turns: { code: 'turn_limit', retryable: false },
  invalid: { code: 'invalid_request', retryable: false },
  failed: { code: 'assistant_failed', retryable: true },
};
const MESSAGE_CHARS = 2000;

/** A failure that it told of itself. */
export function toldFailure(
  { driver }: Pick<CodingAgentSettings, 'driver'>,
  { why, message }: Extract<End, { ok: false }>,
  said: string,
): AttemptError {
  const kind = why === 'rate_limited' || why === 'overloaded' ? 'failed' : why;
  const words = message.slice(0, MESSAGE_CHARS).toWellFormed();
  return { ...CODES[kind], message: `${driver} says: ${words}`, ...tailOf(said) };
}

/** It ended, however, without saying that it is done: its exit code proves nothing. */
export function untoldFailure(
  { driver }: Pick<CodingAgentSettings, 'driver'>,
  { exit_code, signal, stdout_bytes, flooded, stderr_tail, ended_because }: ProgramEnd,
  said: string,
): AttemptError {
  const how = signal === null ? `ended with exit code ${exit_code}` : `was ended by ${signal}`;
  const tail = tailOf(stderr_tail.trim() || said);
  if (ended_because !== null) {
    return { code: 'assistant_failed', message: `${driver} ${ended_because}`, ...tail, retryable: true };
  }
  if (flooded) {
    const message = `${driver} was ended: it printed more than limits.artifact_bytes allows`;
    return { code: 'output_too_long', message, ...tail, retryable: true };
  }
  const what = stdout_bytes === 0 ? 'without a word' : 'without saying that it was done';
  return { code: 'no_end', message: `${driver} ${how} ${what}`, ...tail, retryable: true };
}

const tailOf = (text: string): Pick<AttemptError, 'tail'> => (text === '' ? {} : { tail: text.slice(-4000) });
