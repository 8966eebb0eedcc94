import type { Usage } from '../contracts/money.ts';
import type { ModelReply } from './types.ts';

/** The most tokens of one kind that a call is believed to have: no model's window comes near it. */
const MOST_TOKENS = 10_000_000;
const SHOWN_CHARS = 40;

/** A count of tokens that a provider told under that name; `otherwise`: what it is when it was not told. */
export type Count = (name: string, told: unknown, otherwise?: number) => number;

/**
 * What a provider says that a call used, or why that can't be true: a count that is none, more than any model takes, no
 * prompt at all, or an answer of which no token was counted.
 * @param read makes the usage of the counts that it is given a reader for
 * @param answered whether the answer says anything
 */
export function readUsage(
  told: unknown,
  answered: boolean,
  read: (count: Count) => Usage,
): Pick<ModelReply, 'usage' | 'usage_problem'> {
  if (typeof told !== 'object' || told === null) {
    return { usage: null, usage_problem: 'the provider did not say what the answer used' };
  }
  let problem: string | undefined;
  const usage = read((name, value, otherwise) => {
    if (isCount(value)) return value;
    if ((value === undefined || value === null) && otherwise !== undefined) return otherwise;
    problem ??= `the provider gave ${shown(value)} as ${name}`;
    return 0;
  });
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens } = usage;
  if (input_tokens + cache_read_tokens + cache_write_tokens === 0) {
    problem ??= 'the provider counted no token of the prompt';
  }
  if (answered && output_tokens === 0) problem ??= 'the provider counted no token of the answer';
  return problem === undefined ? { usage } : { usage: null, usage_problem: problem };
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text;
}
