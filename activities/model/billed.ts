import type { Usage } from '../../contracts/money.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import { BYTES_A_TOKEN } from '../../core/agents/thinking.ts';
import { worstCaseUsd } from '../../core/money/cost.ts';
import type { CallTally, ModelReply, ModelRequest } from '../../providers/types.ts';

/** Roles, separators and what else a provider adds to a message of its own, and what is said of a short answer. */
export const FRAME_TOKENS = 500;

/** A reply with a usage that can be booked. */
export interface BilledReply extends ModelReply {
  usage: Usage;
  /** why that is an estimate; null: it is the provider's own */
  estimated: string | null;
}

/** Puts an estimate in the place of a usage that was not told, or can't be. */
export function billed(reply: ModelReply, request: ModelRequest, tally: CallTally): BilledReply {
  const { usage, usage_problem = 'its usage is not known' } = reply;
  return usage
    ? { ...reply, usage, estimated: null }
    : { ...reply, usage: estimateUsage(request, tally), estimated: usage_problem };
}

/** What a call used by its texts, as if they had as many tokens as real texts have at most. */
export function estimateUsage(request: ModelRequest, { bytes }: CallTally): Usage {
  const { system, messages, tools = [], output_schema = null } = request;
  const asked = Buffer.byteLength(JSON.stringify([system, messages, tools, output_schema]));
  return {
    input_tokens: Math.ceil(asked / BYTES_A_TOKEN) + FRAME_TOKENS,
    output_tokens: Math.ceil(bytes / BYTES_A_TOKEN),
    cache_read_tokens: 0,
    cache_write_tokens: 0,
  };
}

/**
 * What a call without a bill can have cost, in USD: its prompt at the highest price and what arrived of the answer. All that
 * was reserved where the model may have thought without showing it, and never more than that.
 */
export function estimatedUsd(
  usage: Usage,
  { price }: Pick<PreparedCall, 'price'>,
  reserved_usd: number,
  { unseen }: CallTally,
): number {
  if (!price) return 0;
  return unseen
    ? reserved_usd
    : Math.min(reserved_usd, worstCaseUsd(usage.input_tokens, usage.output_tokens, price));
}
