import type { AttemptError } from '../../contracts/attempt.ts';
import { type CallResult, type ModelAnswer, UNREADABLE } from '../../contracts/model-call.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import { countParking } from '../../core/journal/counts.ts';
import { callCostUsd } from '../../core/money/cost.ts';
import {
  type CallTally,
  type ModelRequest,
  NO_ANSWER,
  type ProviderError,
  type ProviderErrorKind,
} from '../../providers/types.ts';
import type { LedgerCall } from '../../store/index.ts';
import { type BilledReply, estimatedUsd, estimateUsage } from './billed.ts';
import type { ModelDeps } from './deps.ts';

/** What is asked, what it can cost at most, and how the reply is read. */
export interface Question {
  request: ModelRequest;
  worst_case_usd: number;
  read(reply: BilledReply): Promise<{ answer: ModelAnswer } | { error: AttemptError }>;
}

/** How failed calls are reported. What was not done can be asked again at no cost, if at all. */
const FAILURES: Record<ProviderErrorKind, Pick<AttemptError, 'code' | 'retryable'>> = {
  rate_limited: { code: 'rate_limited', retryable: true },
  overloaded: { code: 'overloaded', retryable: true },
  invalid_request: { code: 'invalid_request', retryable: false },
  auth: { code: 'provider_auth', retryable: false },
  unavailable: { code: 'provider_unavailable', retryable: true },
  timeout: { code: 'provider_timeout', retryable: true },
  unknown_outcome: { code: 'answer_lost', retryable: true },
};

/** Ends a call that was answered: stores what the answer is worth, with usage and cost. */
export async function settle(
  deps: ModelDeps,
  call: PreparedCall,
  question: Question,
  reply: BilledReply,
  tally: CallTally,
  seconds: number,
): Promise<CallResult> {
  const { usage } = reply;
  const estimated = reply.estimated !== null;
  const settled_usd = call.price ? callCostUsd(usage, call.price) : 0;
  const cost_usd = estimated ? estimatedUsd(usage, call, question.worst_case_usd, tally) : settled_usd;
  const read = await question.read(reply).catch((error: unknown) => ({ error: unreadable(error) }));
  const { worker } = deps;
  const answer: CallResult =
    'error' in read
      ? { status: 'failed', error: read.error, cost_usd, worker }
      : {
          ...{ status: 'answered', answer: read.answer, usage, cost_usd, worker },
          ...(reply.estimated === null ? {} : { estimated: reply.estimated }),
        };
  const ended = await deps.store.settleCall(call.call_id, { usage, cost_usd, answer, seconds, estimated });
  return resultOf(ended);
}

/**
 * There was an answer, it is paid for, and asking again gives another one at best: it ends the attempt. What can't be
 * written as JSON is the model's doing; else it is ours, a full disk for instance.
 */
function unreadable(error: unknown): AttemptError {
  const why = error instanceof Error ? error.message : String(error);
  const ofModel = error instanceof RangeError || error instanceof TypeError;
  return {
    code: ofModel ? UNREADABLE : 'internal',
    message: `The answer of the model could not be ${ofModel ? 'read' : 'kept'}: ${why.slice(0, 500)}`,
    retryable: true,
  };
}

/** Ends a call that failed. */
export async function fail(
  deps: ModelDeps,
  call: PreparedCall,
  question: Question,
  error: ProviderError,
  tally: CallTally,
): Promise<CallResult> {
  const cost_usd = await endUnanswered(deps, call, question, error, tally);
  return {
    status: 'failed',
    error: {
      ...FAILURES[error.kind],
      message: error.message,
      ...(NO_ANSWER.includes(error.kind) ? { provider: call.provider } : {}),
    },
    worker: deps.worker,
    cost_usd,
  };
}

/** Ends a call that a rate limit turned away. */
export async function park(
  deps: ModelDeps,
  call: PreparedCall,
  question: Question,
  error: ProviderError,
  tally: CallTally,
  seconds: number,
): Promise<CallResult> {
  const cost_usd = await endUnanswered(deps, call, question, error, tally);
  await deps.store.addCounts(countParking(call.provider, seconds));
  const parked_until = new Date(Date.now() + seconds * 1000).toISOString();
  const parked = { status: 'parked' as const, parked_until, message: error.message };
  return tally.bytes > 0 ? { ...parked, cost_usd } : parked;
}

/**
 * Ends a call without an answer and gives what the ledger holds of its cost: nothing where it was not done, else what
 * its prompt and the part that came can have cost.
 */
async function endUnanswered(
  { store }: Pick<ModelDeps, 'store'>,
  call: PreparedCall,
  { request, worst_case_usd }: Question,
  error: ProviderError,
  tally: CallTally,
): Promise<number> {
  const { call_id } = call;
  if (!error.perhaps_billed && tally.bytes === 0) {
    return (await store.releaseCall(call_id))?.row.cost_usd ?? 0;
  }
  const usage = estimateUsage(request, tally);
  const known = tally.unseen ? null : { usage, cost_usd: estimatedUsd(usage, call, worst_case_usd, tally) };
  return (await store.estimateCall(call_id, known))?.row.cost_usd ?? 0;
}

/** What the ledger holds is what counts: a row that was closed meanwhile stays as it is. */
export function resultOf(ended: LedgerCall | null): CallResult {
  return ended?.answer ?? { status: 'lost', cost_usd: ended?.row.cost_usd ?? 0 };
}
