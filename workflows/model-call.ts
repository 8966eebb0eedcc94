import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  patched,
  TimeoutFailure,
  uuid4,
} from '@temporalio/workflow';
import type { CallInput } from '../activities/types.ts';
import type { AttemptError } from '../contracts/attempt.ts';
import { ATTEMPT_FAILED, CUT_SHORT, OUT_OF_TIME } from '../contracts/attempt-codes.ts';
import type { CallResult, CallSubject, ModelAnswer } from '../contracts/model-call.ts';
import type { TracePlace } from '../contracts/phase.ts';
import type { JobSpec } from '../contracts/spec.ts';
import type { BlockedReason } from '../contracts/status.ts';
import { leastUsd, withinUsd } from '../core/money/output-limit.ts';

import { modelWork, preparing, short } from './activities.ts';

/** The budget that a call is paid from, and what is told that the call waits. */
export interface JobBudget {
  /** leases the call's worst case, or what there is down to `leastUsd`; a reason when there is no money for it */
  reserve(
    leaseId: string,
    amountUsd: number,
    leastUsd: number,
  ): Promise<{ refused: string } | { refused: null; amount_usd: number }>;
  /** gives back what was not spent */
  settle(leaseId: string, spentUsd: number): Promise<void>;
  /** waits for a rate limit, until the ISO time */
  park(until: string, why: string): Promise<void>;
}

/** How asking a model ended. */
export type CallOutcome =
  | { status: 'answered'; answer: ModelAnswer; agent: string | null; worker: string; estimated?: Estimate }
  | { status: 'blocked'; reason: BlockedReason; message: string; agent: string | null }
  | { status: 'failed'; error: AttemptError; agent: string | null; worker: string | null };

export interface Question {
  job_id: string;
  subject: CallSubject;
  provider: JobSpec['provider'];
  model: string | null;
  capped: boolean;
  heartbeat_seconds: number;
  timeout_seconds: number;
  /** where it belongs in the trace of its job */
  place?: TracePlace;
}

/**
 * Asks a model one thing: prepares the call, reserves its worst case, makes it, settles it. Where there is not enough
 * money for that, the answer may be shorter; one that broke off for it is asked again, once there is money for all of
 * it. Waits out rate limits without holding anything. A call whose answer was lost on the wire is asked again under a
 * new id, its reservation spent, a few times.
 */
export async function askModel(budget: JobBudget, question: Question): Promise<CallOutcome> {
  const { job_id, heartbeat_seconds, timeout_seconds } = question;
  const prepared = await prepareCall(question);
  if (prepared.status === 'blocked') return prepared;
  const { agent } = prepared.call;
  let least_usd = leastUsd('job', prepared.call);
  let in_vain = 0;
  for (let call = prepared.call; ; call = { ...call, call_id: newCallId(job_id) }) {
    if (tooManyInVain(in_vain)) return { status: 'failed', error: inVain(in_vain), agent, worker: null };
    const reserved = await budget.reserve(call.call_id, call.worst_case_usd, least_usd);
    if (reserved.refused !== null) {
      return { status: 'blocked', reason: 'budget_exhausted', message: reserved.refused, agent };
    }
    const asked = withinUsd(call, reserved.amount_usd);
    const input = { call: asked, lease_id: null, turn: null, heartbeat_seconds };
    const result = await makeCall(input, timeout_seconds, (spent) => budget.settle(call.call_id, spent));
    if (result.status === 'answered') {
      const { answer, worker, estimated } = result;
      const said = estimated === undefined ? {} : { estimated: estimateOf(call, estimated) };
      return { status: 'answered', answer, agent, worker, ...said };
    }
    if (result.status === 'failed' && result.error.code === CUT_SHORT) {
      least_usd = call.worst_case_usd;
      in_vain += 1;
      continue;
    }
    if (result.status === 'failed') {
      return { status: 'failed', error: result.error, agent, worker: result.worker };
    }
    if (result.status === 'refused') {
      return { status: 'blocked', reason: 'budget_exhausted', message: result.message, agent };
    }
    if (wasInVain(result)) in_vain += 1;
    if (result.status === 'parked') await budget.park(result.parked_until, result.message);
  }
}

/** The data of an event `usage.estimated`: what calls of a model cost is not the provider's own bill, and why. */
type Estimate = { provider: string; model: string; why: string };

export const estimateOf = ({ provider, model }: Omit<Estimate, 'why'>, why: string): Estimate => ({
  provider,
  model,
  why,
});

/** So many calls of one question, or of one attempt of an agent, may cost something and bring nothing. */
const MAX_IN_VAIN = 3;

/** Whether a call may have been paid for, and has to be made again. */
export const wasInVain = (result: CallResult): boolean =>
  result.status === 'lost' || (result.status === 'parked' && result.cost_usd !== undefined);

/** Whether no further call is made. Workflows that began before there was a bound have none. */
export const tooManyInVain = (calls: number): boolean =>
  calls > MAX_IN_VAIN && patched('calls-in-vain-bounded');

/** How an attempt, or a question of the job, ends that had so many wasted calls. */
export const inVain = (calls: number): AttemptError => ({
  code: 'answer_lost',
  message: `${calls} calls of the model may have been paid for and brought no answer`,
  retryable: true,
});

/** Chooses the model, stores the prompt and bounds the cost of a call. */
export const prepareCall = ({ job_id, subject, provider, model, capped, place }: Question) =>
  preparing.prepareModelCall({
    ...{ call_id: newCallId(job_id), job_id, subject, provider, model, capped },
    ...(place ? { place } : {}),
  });

/**
 * One call, whatever happens to it: `spent` is told once what it cost. Throws only when it was cancelled.
 * @param timeoutSeconds the activity's own, far behind the attempt's clock
 */
export async function makeCall(
  input: CallInput,
  timeoutSeconds: number,
  spent: (usd: number) => Promise<void>,
): Promise<CallResult> {
  let result: CallResult;
  try {
    result = await modelWork(input.heartbeat_seconds, timeoutSeconds).callModel(input);
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      const { cost_usd } = await short.closeLease({ lease_id: input.call.call_id });
      await spent(cost_usd);
      result = { status: 'failed', error: attemptError(error), cost_usd, worker: workerOf(error) };
    });
    if (isCancellation(error)) throw error;
    return result!;
  }
  await spent(('cost_usd' in result && result.cost_usd) || 0);
  return result;
}

/** What an activity's failure says about the attempt: the agent's own words, or that its worker was lost. */
export function attemptError(error: unknown): AttemptError {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    if (cause.type === ATTEMPT_FAILED) return cause.details![0] as AttemptError;
    return { code: 'internal', message: cause.message, retryable: !cause.nonRetryable };
  }
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_CLOSE') {
    return { code: OUT_OF_TIME, message: 'it ran out of time', retryable: true };
  }
  if (cause instanceof TimeoutFailure) {
    const message = 'the worker that did it was lost, three times in one attempt';
    return { code: 'worker_lost', message, retryable: true };
  }
  return {
    code: 'internal',
    message: cause instanceof Error ? cause.message : String(cause),
    retryable: true,
  };
}

/** The worker process in which an activity failed or was cancelled, where one had it. */
export const workerOf = (error: unknown): string | null =>
  (error instanceof ActivityFailure && error.identity) || null;

/** A new id of a call; the ledger's key. */
export const newCallId = (jobId: string): string => `${jobId}:${uuid4()}`;
