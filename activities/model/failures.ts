import type { AttemptError } from '../../contracts/attempt.ts';
import { CUT_SHORT } from '../../contracts/attempt-codes.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import { SHORTENED_BY } from '../../core/money/output-limit.ts';
import type { ModelReply } from '../../providers/types.ts';

/** Characters of an answer's end that a failure shows. */
const TAIL_CHARS = 2000;

/** The model would not; another attempt would end the same way. */
export const refused = ({ model }: Pick<PreparedCall, 'model'>, reply: ModelReply): AttemptError =>
  failure('refusal', `The model \`${model}\` declined to answer.`, reply, false);

/** The answer was longer than it could be. */
export const truncated = (max_output_tokens: number, reply: ModelReply): AttemptError =>
  failure('truncated', truncatedMessage(max_output_tokens), reply);

/** The answer was longer than there was money, or room, for. */
export function brokeOff(
  { max_output_tokens, shortened }: Pick<PreparedCall, 'max_output_tokens' | 'shortened'>,
  reply: ModelReply,
): AttemptError {
  const by = SHORTENED_BY[shortened ?? 'budget'];
  return failure(
    CUT_SHORT,
    `The answer was cut off after ${max_output_tokens} tokens: ${by} left room for no more.`,
    reply,
  );
}

/** What is said of an answer that was longer than it could be. */
export const truncatedMessage = (max_output_tokens: number): string =>
  `The answer was cut off after ${max_output_tokens} tokens; ask for less, or raise max_output_tokens.`;

/** The answer ended for a reason that is neither its end nor its length. */
export const stoppedEarly = (reply: ModelReply): AttemptError =>
  failure('unexpected_stop', 'The model stopped before the end of its answer.', reply);

/** Nothing but white space. */
export const answeredNothing = (reply: ModelReply): AttemptError =>
  failure('empty_answer', 'The model answered nothing.', reply);

function failure(code: string, message: string, reply: ModelReply, retryable = true): AttemptError {
  const tail = reply.text.slice(-TAIL_CHARS);
  return { code, message, retryable, ...(tail.trim() ? { tail } : {}) };
}
