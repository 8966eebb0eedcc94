import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  log,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import type { AttemptError, AttemptRequest } from '../../contracts/attempt.ts';
import {
  CODING_NEWS,
  type CodingNews,
  type CodingProgress,
  type CodingResult,
} from '../../contracts/coding-run.ts';
import type { Delivery } from '../../contracts/message.ts';
import type { Thread } from '../../contracts/turn.ts';
import { reachedLimit } from '../../core/agents/thinking.ts';
import { isNews } from '../../core/messages/news.ts';
import { fields, orNull, text, whole } from '../../core/text/shape.ts';
import { preparing, short, workOnHost } from '../activities.ts';
import { attemptError, newCallId, workerOf } from '../model-call.ts';
import { isHostThere, isUnstarted } from '../unstarted.ts';
import { askLeave } from './ask-leave.ts';
import type { Clock } from './clock.ts';
import type { Task, Work } from './context.ts';
import { hasNews, haveRead } from './inbox.ts';
import { newThread } from './think.ts';
import { openTurnLease, type TurnLease } from './turn-lease.ts';

/*
 * A coding assistant at work: its program runs until it says that it has ended, or has to stop, and goes on in the same
 * conversation. What holds:
 * 1. Every start of the program has a lease of its own, if it takes money, and gives it back however it ends.
 * 2. How far it has come is kept in the thread of the task, so that another attempt, or a retry, goes on from there.
 * 3. A message that steers it, and a pause, end the program; it goes on with the message, and once the pause is over.
 */

/** Answers that one lease should be enough for, at their dearest: it is stopped when the next one is not covered. */
const ANSWERS = [3, 6];

const news = defineSignal<[CodingNews]>(CODING_NEWS);
const isCodingNews = fields({
  attempt: whole,
  progress: fields({
    ...{ session: orNull(text), conversation: orNull(text), said: text },
    ...{ turns: whole, tool_calls: whole, tokens: whole },
  }),
});

/** One attempt of a coding assistant. */
export async function code(task: Task, request: AttemptRequest, clock: Clock): Promise<Work> {
  if (!task.thread) {
    const { job_id, model, capped } = request;
    const { thread: _, ...asked } = request;
    const place = { phase: 'run' as const, round: request.generation, task_id: request.task.task_id };
    const call_id = newCallId(job_id);
    const prepared = await preparing.prepareCoding({ call_id, job_id, request: asked, model, capped, place });
    if (prepared.status === 'blocked') {
      const { reason, message, agent } = prepared;
      return { outcome: { status: 'blocked', reason, message }, agent, worker: null };
    }
    task.thread = { ...newThread(prepared.call), coding: { own_session: uuid4(), session: null } };
  }
  const { thread } = task;
  setHandler(news, (given) => {
    if (!isCodingNews(given)) return log.warn(`the signal ${CODING_NEWS} was left alone: it is not as sent`);
    if (given.attempt !== request.attempt) return;
    // a handler that is cancelled with its workflow would end it before its work has ended
    return CancellationScope.nonCancellable(() => hear(task, request, given.progress));
  });
  const lease = openTurnLease(task, clock, ANSWERS);
  try {
    return await goOn({ task, request, clock, thread, lease });
  } finally {
    await CancellationScope.nonCancellable(() => lease.close());
  }
}

/** An assistant's attempt under way. */
interface Coder {
  task: Task;
  request: AttemptRequest;
  clock: Clock;
  thread: Thread;
  lease: TurnLease;
}

async function goOn(coder: Coder): Promise<Work> {
  const { task, clock, thread, lease } = coder;
  const { call } = thread;
  const { agent } = call;
  for (let need = call.worst_case_usd; ; ) {
    const limit = reachedLimit(thread, call.thinking!.limits);
    if (limit) return failed(thread, limit, null);
    if (task.held) await clock.pauseClock(() => condition(() => !task.held));
    if (task.isLong()) await task.continueAsNew(clock.worked_ms());
    if (call.worst_case_usd > 0) {
      const { refused } = await lease.renew(need, need);
      if (refused !== null) return outOfBudget(thread, refused);
    }
    const told = [...task.inbox];
    const turns = thread.turns;
    const result = await runOnce(coder, told);
    await lease.close();
    if (thread.turns > turns || (result !== 'interrupted' && result.status === 'completed')) {
      haveRead(task, told);
      thread.remarks = [];
    }
    if (result === 'interrupted') continue;
    const { worker } = result;
    switch (result.status) {
      case 'out_of_money':
        need = result.least_usd;
        thread.remarks = [GO_ON];
        break;
      case 'parked':
        await clock.pauseClock(() => task.job.park(result.parked_until, result.message));
        break;
      case 'asks':
        await askLeave(coder, result.question);
        break;
      case 'failed':
        thread.artifacts = result.artifacts;
        return failed(thread, result.error, worker);
      case 'blocked':
        return {
          outcome: { status: 'blocked', reason: result.reason, message: result.message, thread },
          agent,
          worker,
        };
      default: {
        // what was written to it meanwhile is read before its result counts
        if (hasNews({ task, thread })) break;
        const { output, artifacts, left_out, sandbox } = result;
        const outcome = {
          status: 'completed' as const,
          output,
          artifacts,
          ...(left_out ? { left_out } : {}),
          ...(sandbox ? { sandbox } : {}),
        };
        return { outcome, agent, worker };
      }
    }
  }
}

const GO_ON = 'You were interrupted between two answers. Go on with your task from there.';

/** A result, or that something came up that it has to be told first. */
type Ran = CodingResult | 'interrupted';

/** Runs it once, wherever the job's folder lies. */
async function runOnce(coder: Coder, told: Delivery[]): Promise<Ran> {
  const { task, request, thread, lease } = coder;
  const { job_id, heartbeat_seconds, host_wait_seconds } = request;
  const host_id = request.host_id ?? (await short.claimHost()).host_id;
  for (;;) {
    const call = { ...thread.call, call_id: newCallId(job_id), attempt: request.attempt };
    const lease_id = lease.lease_id();
    const input = {
      ...{ call, lease_id, budget_usd: lease_id === null ? null : lease.left_usd() },
      own_session: thread.coding!.own_session,
      progress: progressOf(thread),
      remarks: thread.remarks,
      messages: told,
      ...(thread.coding!.grants ? { grants: thread.coding!.grants } : {}),
      heartbeat_seconds,
    };
    const host = workOnHost(host_id, heartbeat_seconds, request.task.timeout_seconds, host_wait_seconds);
    try {
      const result = await unlessInterrupted(task, told, () => host.runCoding(input));
      if (result !== 'interrupted') {
        lease.spend(result.cost_usd);
        await hear(task, request, result.progress);
        return result;
      }
      await CancellationScope.nonCancellable(() => settle(lease, lease_id ?? call.call_id));
      return result;
    } catch (error) {
      await CancellationScope.nonCancellable(() => settle(lease, lease_id ?? call.call_id));
      if (isCancellation(error)) throw error;
      const ended = { progress: progressOf(thread), cost_usd: 0, worker: workerOf(error) ?? '' };
      if (!isUnstarted(error)) {
        return { ...ended, status: 'failed', error: attemptError(error), artifacts: thread.artifacts };
      }
      // no worker took it in time: the host is gone, or merely busy
      if (await isHostThere(host_id, host_wait_seconds)) continue;
      const message = `the host ${host_id}, where the job's folder lies, is not there`;
      return { ...ended, status: 'blocked', reason: 'host_lost', message };
    }
  }
}

/** What the ledger says that a start cost whose end nobody told. */
async function settle(lease: TurnLease, lease_id: string): Promise<void> {
  const { cost_usd } = await short.closeLease({ lease_id });
  lease.spend(cost_usd);
}

/** Runs something until the job is paused, or somebody writes what the assistant has to heed. */
async function unlessInterrupted<R>(
  task: Task,
  told: readonly Delivery[],
  run: () => Promise<R>,
): Promise<R | 'interrupted'> {
  const attempt = CancellationScope.current();
  const running = new CancellationScope({ cancellable: true });
  const watching = new CancellationScope({ cancellable: true });
  watching
    .run(() => condition(() => task.held || task.inbox.slice(told.length).some(steers)))
    .then(
      () => running.cancel(),
      () => undefined,
    );
  try {
    return await running.run(run);
  } catch (error) {
    if (isCancellation(error) && !attempt.consideredCancelled) return 'interrupted';
    throw error;
  } finally {
    watching.cancel();
  }
}

/** Whether a message is an instruction: an operator's, or of the agent that leads. What others say can wait. */
const steers = (message: Delivery): boolean =>
  isNews(message) && (message.from_task_id === null || message.steers === true);

/** Keeps how far it has come, and says once in which session it works. */
async function hear(task: Task, { attempt, agent }: AttemptRequest, progress: CodingProgress): Promise<void> {
  const { thread } = task;
  if (!thread?.coding) return;
  const { session, conversation, turns, tool_calls, tokens, said } = progress;
  // news may come late
  if (turns < thread.turns) return;
  const isNew = session !== null && session !== thread.coding.session;
  Object.assign(thread, { conversation, turns, tool_calls, tokens, said });
  if (session !== null) thread.coding.session = session;
  task.conversation = conversation;
  if (!isNew) return;
  const message = `${agent} works in its session ${session}`;
  await task.job.report(attempt, 'task.progress', { status: 'working', message, session });
}

const progressOf = ({ coding, conversation, turns, tool_calls, tokens, said }: Thread): CodingProgress => ({
  session: coding?.session ?? null,
  ...{ conversation, turns, tool_calls, tokens, said },
});

/** Its task waits for more, and goes on in its session. */
function outOfBudget(thread: Thread, message: string): Work {
  thread.remarks = ['The budget was raised: go on with your task from where you stopped.'];
  const left = thread.said === '' ? message : `${message}. What it said last: ${thread.said}`;
  return {
    outcome: { status: 'blocked', reason: 'budget_exhausted', message: left, thread },
    agent: thread.call.agent,
    worker: null,
  };
}

const failed = (thread: Thread, error: AttemptError, worker: string | null): Work => ({
  outcome: { status: 'failed', error, artifacts: thread.artifacts },
  agent: thread.call.agent,
  worker: worker || null,
});
