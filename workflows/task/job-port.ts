import {
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  type SignalDefinition,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Ask, AskAnswer } from '../../contracts/ask.ts';
import type { TaskInput, TaskSettlement } from '../../contracts/attempt.ts';
import type { LeadAnswer, LeadRequest, LeadRequestBody } from '../../contracts/lead.ts';
import { jobWorkflowId, type ReportedEvent } from '../../contracts/names.ts';
import type { MergeAnswer } from '../../contracts/repository/merge.ts';
import type { Committed } from '../../contracts/repository/work.ts';
import type { LeaseRequest } from '../../core/schedule/waiting.ts';
import * as messages from '../messages.ts';
import { fits } from '../signal-shapes.ts';
import type { LeaseAnswer, PostAnswer } from '../types.ts';

/** Money that was asked for, or why there is none. */
export type Leased = { refused: string } | { refused: null; amount_usd: number };

/** A task's line to its job. Every message is awaited; a job that has closed stops the task. */
export interface JobPort {
  report(attempt: number, type: ReportedEvent, data: Record<string, unknown>): Promise<void>;
  /**
   * asks for money and waits for the answer: the first of the amounts that there is (biggest first), all that is left
   * where that is less than the last, or a reason when it is less than `leastUsd`
   */
  lease(leaseId: string, amountsUsd: readonly [number, ...number[]], leastUsd: number): Promise<Leased>;
  /** the same for a share of what is left; the amount is 0 where there is no cap */
  leaseShare(leaseId: string, share: number): Promise<Leased>;
  returnLease(leaseId: string, spentUsd: number): Promise<void>;
  /** waits until the ISO time without a slot, and then for a slot */
  park(until: string, why: string): Promise<void>;
  /** asks a person and waits for the decision; `idle`: without a slot */
  ask(ask: Ask, idle: boolean): Promise<AskAnswer>;
  /** sends a message to agents of the job and waits for the answer: why it was refused, or null */
  post(message: { post_id: string; to: string; content: string }): Promise<string | null>;
  /** of the agent that leads: sends its job a request, and waits for the answer */
  request(requestId: string, body: Exclude<LeadRequestBody, { wish: 'rest' }>): Promise<LeadAnswer>;
  /** the same agent waits until `isNews`, or until nothing can come any more: `idle` */
  awaitNews(requestId: string, isNews: () => boolean): Promise<'news' | 'idle'>;
  /** hands in what was committed, to be merged, and waits without a slot for what becomes of it */
  handIn(attempt: number, committed: Committed): Promise<MergeAnswer>;
  /** gives the slot back: everything waits for people */
  rest(): Promise<void>;
  /** waits for a slot */
  takeSlot(): Promise<void>;
  adopted(): Promise<void>;
  settled(settlement: TaskSettlement): Promise<void>;
}

/** A signal takes 2 MB, and a request up to 8 KB. */
const REQUESTS_AT_ONCE = 100;

/** @param gone called when the job has closed: nobody waits for the task any more */
export function jobOf(input: TaskInput, gone: () => void): JobPort {
  const { job_id, generation } = input;
  const { task_id } = input.task;
  const handle = getExternalWorkflowHandle(jobWorkflowId(job_id));
  /** leases that wait for their answer */
  const asked = new Set<string>();
  const answers = new Map<string, Omit<LeaseAnswer, 'lease_id'>>();
  const decisions = new Map<string, AskAnswer>();
  const posted = new Map<string, PostAnswer>();
  const followed = new Map<string, LeadAnswer>();
  const merged: MergeAnswer[] = [];
  let slots = 0;
  onSignal(messages.leaseGrant, ({ lease_id, ...answer }) => {
    if (asked.has(lease_id)) answers.set(lease_id, answer);
  });
  onSignal(messages.askAnswer, (answer) => {
    decisions.set(answer.approval_id, answer);
  });
  onSignal(messages.postAnswer, (answer) => {
    posted.set(answer.post_id, answer);
  });
  onSignal(messages.leadAnswer, ({ answers: given }) => {
    for (const answer of given) followed.set(answer.request_id, answer);
  });
  onSignal(messages.mergeAnswer, (answer) => {
    merged.push(answer);
  });
  onSignal(messages.slotGrant, () => {
    slots += 1;
  });
  const tell = (send: Promise<void>): Promise<void> =>
    send.catch((error: unknown) => {
      if (isCancellation(error)) throw error;
      gone();
    });

  /** those of a turn go together: signals may pass each other on their way */
  const pending: LeadRequest[] = [];
  const sendPending = async (): Promise<void> => {
    await Promise.resolve();
    while (pending.length > 0) {
      const batch = pending.slice(0, REQUESTS_AT_ONCE);
      await tell(handle.signal(messages.leadRequest, { task_id, generation, requests: batch }));
      pending.splice(0, batch.length);
    }
  };

  const slot = async () => {
    const before = slots;
    await tell(handle.signal(messages.slotRequest, { task_id }));
    await condition(() => slots > before);
  };

  const lease = async (request: LeaseRequest): Promise<Leased> => {
    const { lease_id } = request;
    asked.add(lease_id);
    await tell(handle.signal(messages.leaseRequest, request));
    await condition(() => answers.has(lease_id));
    asked.delete(lease_id);
    const { granted, amount_usd = request.amount_usd, reason } = answers.get(lease_id)!;
    // never more than was asked for, whoever granted it
    const most = request.share === undefined ? request.amount_usd : amount_usd;
    if (granted) return { refused: null, amount_usd: Math.min(amount_usd, most) };
    return { refused: reason ?? 'the budget is spent; add budget to go on' };
  };

  return {
    report: (attempt, type, data) =>
      tell(handle.signal(messages.taskReport, { task_id, generation, attempt, type, data })),
    lease: (lease_id, [amount_usd, ...or_usd], least_usd) =>
      lease({ task_id, lease_id, amount_usd, or_usd, least_usd }),
    leaseShare: (lease_id, share) => lease({ task_id, lease_id, amount_usd: 0, share }),
    returnLease: (lease_id, spent_usd) =>
      tell(handle.signal(messages.leaseReturn, { task_id, lease_id, spent_usd })),
    async park(parked_until, why) {
      await tell(handle.signal(messages.slotReturn, { task_id, parked_until, why }));
      const left = new Date(parked_until).getTime() - Date.now();
      if (left > 0) await sleep(left);
      await slot();
    },
    async ask(ask, idle) {
      await tell(handle.signal(messages.ask, { task_id, generation, ask, idle }));
      await condition(() => decisions.has(ask.approval_id));
      return decisions.get(ask.approval_id)!;
    },
    async post(message) {
      await tell(handle.signal(messages.postMessage, { task_id, generation, ...message }));
      await condition(() => posted.has(message.post_id));
      return posted.get(message.post_id)!.refused;
    },
    async request(request_id, body) {
      pending.push({ request_id, wish: body });
      if (pending.length === 1) {
        // cancelled with the attempt, as those that wait for the answers are
        void sendPending().catch(() => pending.splice(0));
      }
      await condition(() => followed.has(request_id));
      return followed.get(request_id)!;
    },
    async awaitNews(request_id, isNews) {
      const requests = [{ request_id, wish: { wish: 'rest' as const } }];
      await tell(handle.signal(messages.leadRequest, { task_id, generation, requests }));
      await condition(() => isNews() || followed.has(request_id));
      return isNews() ? 'news' : 'idle';
    },
    async handIn(attempt, committed) {
      merged.length = 0;
      await tell(handle.signal(messages.workDone, { task_id, generation, attempt, committed }));
      await condition(() => merged.length > 0);
      return merged[0]!;
    },
    rest: () => tell(handle.signal(messages.slotReturn, { task_id, parked_until: null, why: '' })),
    takeSlot: slot,
    adopted: () => tell(handle.signal(messages.taskAdopted, { task_id, generation })),
    settled: (settlement) => tell(handle.signal(messages.taskSettled, settlement)),
  };
}

/** Takes a signal as its job, or the API, sends it; what anybody else sends that is not like that is left alone. */
export function onSignal<A>(
  signal: SignalDefinition<[A]> | SignalDefinition<[]>,
  take: (given: A) => void | Promise<void>,
): void {
  setHandler(signal as SignalDefinition<[A]>, (given) => {
    if (fits(signal.name, given)) return take(given);
    log.warn(`the signal ${signal.name} was left alone: its argument is not what the job sends`);
  });
}
