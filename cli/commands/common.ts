import { Option } from 'commander';
import { wholeNumber } from '../input.ts';

/** `--timeout` of commands that wait for a job. */
export const TIMEOUT_OPTION = new Option(
  '--timeout <seconds>',
  'stop watching after this long, with exit code 6, or 7 if the job waits for a person; the job continues',
).argParser(wholeNumber(1));

/** The header of commands under an idempotency key; none without one. */
export const keyHeader = (key: string | undefined): { 'Idempotency-Key'?: string } =>
  key === undefined ? {} : { 'Idempotency-Key': key };

/** Description of `--idempotency-key`. */
export const KEY_OPTION = [
  '--idempotency-key <key>',
  'the same key gives the same answer, however often it is sent (makes retrying safe)',
] as const;

/** Left out where there is no value, so that the body holds what was given and nothing else. */
export function given<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
