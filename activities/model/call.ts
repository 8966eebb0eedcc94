import { Context } from '@temporalio/activity';
import type { CallResult } from '../../contracts/model-call.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { TurnInput } from '../../contracts/turn.ts';
import { BYTES_A_TOKEN } from '../../core/agents/thinking.ts';
import { withinTokens } from '../../core/money/output-limit.ts';
import { newTally, ProviderError } from '../../providers/types.ts';
import type { CallStart, LedgerCall } from '../../store/index.ts';
import { startHeartbeat } from '../heartbeat.ts';
import type { CallInput } from '../types.ts';
import { toAnswer } from './answer.ts';
import { askWithin } from './ask.ts';
import type { Backoff } from './backoff.ts';
import { closeTurn } from './close-turn.ts';
import type { ModelDeps } from './deps.ts';
import { fail, park, type Question, resultOf, settle } from './end-call.ts';
import { jobTokensLeft } from './job-tokens.ts';
import { openTurn, type TooExpensive } from './open-turn.ts';
import { readPrompt, type StoredPrompt } from './prompts/prompt.ts';
import type { UsageEstimates } from './usage-estimate.ts';

/** A rate limit is waited for here up to this long, over all waits of a call; a longer one parks it. */
const LONGEST_WAIT_SECONDS = 5;
/** While it is waited for, our own count of a limit is asked again: calls that end correct it. */
const LOOK_AGAIN_SECONDS = 1;
/**
 * A call parked by our own count is back so long before its time, to go at that very moment; and by this share of its
 * wait, since the times told at first are rough.
 */
const EARLY_SECONDS = 2;
const EARLY_SHARE = 1 / 4;

/** What is remembered from call to call, by this process. */
export interface CallMemory {
  backoff: Backoff;
  estimates: UsageEstimates;
}

/**
 * Makes a prepared call, once: reserves it in the ledger, asks the model, and stores answer and cost under the
 * `call_id` before it returns. Repeated, it returns the stored answer; where an earlier try was cut off in
 * between, its reservation counts as spent and the call is `lost`. Throws on cancellation, after settling the row.
 */
export async function callModel(deps: ModelDeps, memory: CallMemory, input: CallInput): Promise<CallResult> {
  const { call, turn, lease_id } = input;
  const left = await jobTokensLeft(deps, call);
  if (left.status === 'refused') return left;
  // Read first: a prompt that is gone must not leave a reservation behind.
  const prompt = await readPrompt(deps.store, call.prompt_ref);
  const question = turn
    ? await turnQuestion(deps, call, prompt, turn, left.tokens)
    : plainQuestion(deps, call, prompt, left.tokens);
  if ('status' in question) return question;
  const begun = await deps.store.beginCall(toCallStart(call, lease_id, question.worst_case_usd));
  if (!begun.begun) return endedBefore(deps, begun);
  const context = Context.current();
  const stopHeartbeat = startHeartbeat(context, input.heartbeat_seconds);
  try {
    return await makeCall(deps, memory, call, question);
  } finally {
    stopHeartbeat();
  }
}

async function makeCall(
  deps: ModelDeps,
  { backoff, estimates }: CallMemory,
  call: PreparedCall,
  question: Question,
): Promise<CallResult> {
  const { cancellationSignal } = Context.current();
  // Its place in the queue, and how long a provider turned it away, whichever call_id it comes back under.
  const key = [call.provider, call.job_id, call.task_id, call.purpose].join('/');
  for (let waited = 0; ; ) {
    if (cancellationSignal.aborted) {
      await deps.store.releaseCall(call.call_id);
      throw cancellationSignal.reason;
    }
    const cost = estimates.expect(call, question.request);
    const { wait_ms } = await deps.limiter.take(call, cost, key);
    const isOurs = wait_ms > 0;
    const asked_at = Date.now();
    const tally = newTally();
    const { request } = question;
    const reply = isOurs ? ourLimit(wait_ms) : await askWithin(deps, estimates, call, request, cost, tally);
    if (!(reply instanceof ProviderError)) {
      backoff.clear(key);
      return settle(deps, call, question, reply, tally, (Date.now() - asked_at) / 1000);
    }
    if (reply.kind !== 'rate_limited' && reply.kind !== 'overloaded') {
      return fail(deps, call, question, reply, tally);
    }
    const wait = reply.retry_after_seconds ?? backoff.next(key);
    // what has cost something is a call of its own
    if (waited + wait > LONGEST_WAIT_SECONDS || tally.bytes > 0) {
      return park(deps, call, question, reply, tally, isOurs ? untilEarly(wait) : wait);
    }
    const pause = isOurs ? Math.min(wait, LOOK_AGAIN_SECONDS) : wait;
    waited += pause;
    // A cancellation wakes it up, and is then seen above.
    await Context.current()
      .sleep(pause * 1000)
      .catch(() => undefined);
  }
}

const untilEarly = (wait: number): number =>
  Math.max(LOOK_AGAIN_SECONDS, wait - Math.max(EARLY_SECONDS, wait * EARLY_SHARE));

/** The place that our own count of the limit leaves, as the provider would have said it. */
const ourLimit = (wait_ms: number): ProviderError =>
  new ProviderError('rate_limited', 'the rate limit of the provider is used up', wait_ms / 1000);

/** An earlier try of this activity got here before us. */
async function endedBefore(deps: ModelDeps, found: LedgerCall): Promise<CallResult> {
  // Its answer, if there was one, is lost unless it settles in this very moment: then this keeps it.
  const ended = found.row.status === 'reserved' ? await deps.store.estimateCall(found.row.call_id) : found;
  return resultOf(ended);
}

function plainQuestion(
  deps: ModelDeps,
  prepared: PreparedCall,
  prompt: StoredPrompt,
  tokensLeft: number | null,
): Question {
  const { system, messages, output_schema } = prompt;
  const likely = Buffer.byteLength(JSON.stringify([system, messages, output_schema])) / BYTES_A_TOKEN;
  const call = withinTokens('job', prepared, tokensLeft, likely);
  const { model, max_output_tokens, worst_case_usd } = call;
  return {
    request: { model, system, messages, max_output_tokens, output_schema },
    worst_case_usd,
    read: (reply) => toAnswer(reply, prompt, call, deps.store),
  };
}

async function turnQuestion(
  deps: ModelDeps,
  call: PreparedCall,
  prompt: StoredPrompt,
  turn: TurnInput,
  tokensLeft: number | null,
): Promise<Question | TooExpensive> {
  const open = await openTurn(deps, call, prompt, turn, tokensLeft);
  if ('status' in open) return open;
  return { ...open, read: (reply) => closeTurn(deps, call, prompt, turn, open, reply) };
}

function toCallStart(call: PreparedCall, lease_id: string | null, reserved_usd: number): CallStart {
  const { call_id, job_id, task_id, attempt, purpose, agent, provider, model, price } = call;
  return {
    call_id,
    job_id,
    task_id,
    attempt,
    purpose,
    agent,
    provider,
    model,
    price,
    reserved_usd,
    lease_id,
  };
}
