import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  TimeoutFailure,
  uuid4,
} from '@temporalio/workflow';
import {
  ATTEMPT_FAILED,
  type AttemptError,
  type CallResult,
  type CallSubject,
  type ModelAnswer,
  type PreparedCall,
} from '../contracts/attempt.ts';
import type { JobSpec } from '../contracts/spec.ts';
import type { BlockedReason } from '../contracts/status.ts';
import { patient, short, work } from './activities.ts';

/** Where the money for a call comes from, and who is told that it waits. */
export interface Purse {
  /** reserves the call's worst case; a reason when there is no money for it */
  reserve(leaseId: string, amountUsd: number): Promise<{ refused: string | null }>;
  /** gives back what was not spent */
  settle(leaseId: string, spentUsd: number): Promise<void>;
  /** waits for a rate limit, until the ISO time */
  park(until: string, why: string): Promise<void>;
}

/** How asking a model ended. */
export type CallOutcome =
  | { status: 'answered'; answer: ModelAnswer; agent: string | null; worker: string }
  | { status: 'blocked'; reason: BlockedReason; message: string; agent: string | null }
  | { status: 'failed'; error: AttemptError; agent: string | null; worker: string | null };

export interface CallInput {
  job_id: string;
  subject: CallSubject;
  provider: JobSpec['provider'];
  model: string | null;
  capped: boolean;
  heartbeat_seconds: number;
  timeout_seconds: number;
}

/**
 * Asks a model: prepares the call, reserves its worst case, makes it, settles it. Waits out rate limits without
 * holding anything. A call whose answer was lost on the wire is asked again under a new id, its reservation spent.
 */
export async function askModel(purse: Purse, input: CallInput): Promise<CallOutcome> {
  const { subject, job_id, provider, model, capped } = input;
  const prepared = await patient.prepareModelCall({
    call_id: callId(job_id),
    job_id,
    subject,
    provider,
    model,
    capped,
  });
  if (prepared.status === 'blocked') return prepared;
  const { agent } = prepared.call;
  for (let call = prepared.call; ; call = { ...call, call_id: callId(job_id) }) {
    const { refused } = await purse.reserve(call.call_id, call.worst_case_usd);
    if (refused !== null) return { status: 'blocked', reason: 'budget_exhausted', message: refused, agent };
    const result = await makeCall(purse, call, input);
    if (result.status === 'answered') {
      return { status: 'answered', answer: result.answer, agent, worker: result.worker };
    }
    if (result.status === 'failed') {
      return { status: 'failed', error: result.error, agent, worker: result.worker };
    }
    if (result.status === 'parked') await purse.park(result.parked_until, result.message);
  }
}

/** One call under one lease, which is settled whatever happens. */
async function makeCall(purse: Purse, call: PreparedCall, input: CallInput): Promise<CallResult> {
  try {
    const result = await work(input.heartbeat_seconds, input.timeout_seconds).callModel({
      call,
      heartbeat_seconds: input.heartbeat_seconds,
    });
    await purse.settle(call.call_id, result.status === 'parked' ? 0 : result.cost_usd);
    return result;
  } catch (error) {
    const { cost_usd } = await CancellationScope.nonCancellable(() =>
      short.closeCall({ call_id: call.call_id }),
    );
    await CancellationScope.nonCancellable(() => purse.settle(call.call_id, cost_usd));
    if (isCancellation(error)) throw error;
    return { status: 'failed', error: attemptError(error), cost_usd, worker: workerOf(error) };
  }
}

/** What an activity's failure says about the attempt: the agent's own words, or that its worker was lost. */
export function attemptError(error: unknown): AttemptError {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    if (cause.type === ATTEMPT_FAILED) return cause.details![0] as AttemptError;
    return { code: 'internal', message: cause.message, retryable: !cause.nonRetryable };
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

const callId = (jobId: string): string => `${jobId}:${uuid4()}`;
