import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { TurnInput } from '../../contracts/turn.ts';
import { affordableTokens, outputUsd, roundUsd } from './cost.ts';

/**
 * A turn of an agent is worth its prompt with so many tokens of output: the smallest thinking budget that a provider
 * takes (1,024), and as much again to say or do something.
 */
const MIN_TURN_TOKENS = 2048;
/**
 * The same of answers that are of use only when they are whole: a plan of a dozen tasks, verdicts on as many criteria,
 * a report, the summary of a conversation.
 */
const MIN_WHOLE_TOKENS = 4096;
/** The same of an agent's last words, in text and without tools. */
const MIN_LAST_TOKENS = 500;

/** What an answer is of: a call of the job itself, or a turn of an agent. */
type AnswerOf = 'job' | TurnInput['mode'];

const LEAST: Record<AnswerOf, number> = {
  job: MIN_WHOLE_TOKENS,
  act: MIN_TURN_TOKENS,
  summarize: MIN_WHOLE_TOKENS,
  hand_over: MIN_LAST_TOKENS,
};

/** What bounds an answer. */
type Bounded = Pick<PreparedCall, 'max_output_tokens' | 'worst_case_usd' | 'price'>;

/** The fewest tokens of output that a call is made with. */
export const leastOutputTokens = (of: AnswerOf, { max_output_tokens }: Bounded): number =>
  Math.min(LEAST[of], max_output_tokens);

/** What a call can cost at most with the shortest useful answer, in USD. */
export function leastUsd(of: AnswerOf, call: Bounded): number {
  const { max_output_tokens, worst_case_usd, price } = call;
  if (!price) return worst_case_usd;
  // one more, since whole tokens have to fit
  const least = Math.min(leastOutputTokens(of, call) + 1, max_output_tokens);
  return roundUsd(worst_case_usd - outputUsd(max_output_tokens - least, price));
}

/** The call with as long an answer as the money pays for; as it is where it pays for the whole. */
export function withinUsd<C extends Bounded>(call: C, usd: number): C & Pick<PreparedCall, 'shortened'> {
  const { max_output_tokens, worst_case_usd, price } = call;
  if (!price || worst_case_usd <= usd) return call;
  const input_usd = worst_case_usd - outputUsd(max_output_tokens, price);
  const tokens = Math.max(0, Math.min(max_output_tokens, affordableTokens(usd - input_usd, price)));
  return {
    ...call,
    max_output_tokens: tokens,
    worst_case_usd: roundUsd(input_usd + outputUsd(tokens, price)),
    shortened: 'budget',
  };
}

/**
 * The call with as long an answer as a limit of tokens leaves room for, beside its prompt. It is not made shorter than
 * is worth asking for: such a limit ends what is asked next, and is not one that cannot be overshot.
 * @param input_tokens of the prompt, as good as is known
 */
export function withinTokens<C extends Bounded>(
  of: AnswerOf,
  call: C,
  tokens_left: number | null,
  input_tokens: number,
): C & Pick<PreparedCall, 'shortened'> {
  const { max_output_tokens, worst_case_usd, price } = call;
  if (tokens_left === null) return call;
  const room = Math.max(leastOutputTokens(of, call), Math.floor(tokens_left - input_tokens));
  if (room >= max_output_tokens) return call;
  return {
    ...call,
    max_output_tokens: room,
    worst_case_usd: price
      ? roundUsd(worst_case_usd - outputUsd(max_output_tokens - room, price))
      : worst_case_usd,
    shortened: 'token_limit',
  };
}

/** Why an answer may not be as long as it could, in words. */
export const SHORTENED_BY: Record<NonNullable<PreparedCall['shortened']>, string> = {
  budget: 'the budget',
  token_limit: 'the limit of tokens',
};
