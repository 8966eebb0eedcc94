import {
  allHandlersFinished,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  AttemptError,
  CarriedAttempt,
  TaskInput,
  TaskOutcome,
  TaskSettlement,
} from '../../contracts/attempt.ts';
import type { Thread } from '../../contracts/turn.ts';
import { nextAttempt, wasOutside } from '../../core/schedule/retry.ts';
import { fullInput, type LeanInput, type LeanSettlement, leanSettlement } from '../../core/state/lean.ts';
import * as messages from '../messages.ts';
import { untilReset } from '../reset.ts';
import type { TaskWorkflow } from '../types.ts';
import { makeAttempt } from './attempt.ts';
import type { AttemptEnd, Task } from './context.ts';
import { jobOf, onSignal } from './job-port.ts';

/**
 * A task: attempts, one after the other, until one is good or none is left. The only owner of attempts: an
 * activity is repeated by Temporal only when its worker was lost.
 */
export async function taskWorkflow(given: LeanInput | TaskInput): Promise<LeanSettlement> {
  const input = fullInput<TaskInput>(given);
  const cancel = () => {
    task.cancelled = true;
    task.stop?.();
  };
  const job = jobOf(input, cancel);
  const { carried } = input;
  const thread = carried?.thread ?? input.thread ?? null;
  const task: Task = {
    input,
    job,
    attempt: carried?.attempt ?? input.attempts_made,
    held: carried?.held ?? false,
    cancelled: false,
    thread,
    conversation: thread?.conversation ?? null,
    inbox: carried?.inbox ?? [],
    progress_at: carried?.progress_at ?? 0,
    held_progress: null,
    reports: carried?.reports ?? false,
    repository: input.repository ?? null,
    handed_in: input.handed_in ?? null,
    isLong: () => workflowInfo().historyLength >= (input.continue_after_events ?? Number.POSITIVE_INFINITY),
    continueAsNew: async () => undefined,
  };
  onSignal(messages.hold, ({ paused }) => {
    task.held = paused;
  });
  onSignal(messages.deliver, (given) => {
    task.inbox.push(...given.messages);
  });
  onSignal(messages.reportBySignal, async () => {
    task.reports = true;
    await CancellationScope.nonCancellable(() => task.job.adopted());
  });
  setHandler(messages.conversationQuery, () => task.conversation);
  const root = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    void root.cancelRequested.catch(cancel);
    const settlement = await Promise.race([attempts(task), untilReset().then(() => wasCutOff(task))]);
    if (task.reports) await task.job.settled(settlement);
    return leanSettlement(settlement);
  });
}

/** An operator has reset the task's workflow: what it was at cannot be known, and is not done twice. */
function wasCutOff(task: Task): TaskSettlement {
  const message = "the task's workflow was reset in Temporal; retry the task, or skip it";
  return settlement(task, {
    status: 'failed',
    error: { code: 'reset', message, retryable: true },
    artifacts: [],
  });
}

async function attempts(task: Task): Promise<TaskSettlement> {
  const { input } = task;
  const { carried } = input;
  let previous: AttemptError | null = carried ? carried.previous_failure : input.previous_failure;
  let worked_ms = carried?.worked_ms ?? 0;
  let last: AttemptEnd | undefined;
  let clock_ms = carried?.clock_ms ?? null;
  for (let made = carried?.made ?? 1; ; made += 1) {
    // one that goes on from an earlier run is under way
    if (clock_ms === null) {
      if (task.held) await condition(() => !task.held || task.cancelled);
      if (task.cancelled) return settlement(task, { status: 'cancelled' }, last);
      task.attempt += 1;
      delete task.thread?.in_vain;
    }
    const soFar = { previous_failure: previous, made, worked_ms };
    task.continueAsNew = (ms) => continueAttempt(task, { ...soFar, clock_ms: ms });
    const turns = task.thread?.turns ?? 0;
    const result = await makeAttempt(task, previous, worked_ms, clock_ms ?? 0);
    clock_ms = null;
    worked_ms += result.worked_ms;
    last = result;
    if (result.outcome.status !== 'failed') return settlement(task, result.outcome, result);

    const { error } = result.outcome;
    if (worked_ms >= totalMs(input) && error.code !== 'total_timeout') {
      return settlement(task, { ...result.outcome, error: outOfTime(input, error) }, result);
    }
    // an agent that leads works for long: what it got over is forgotten
    if (input.leads && (task.thread?.turns ?? 0) > turns) made = 1;
    const next = nextAttempt({
      attempts_made: made,
      // what a person handed in is theirs to mend
      max_attempts: input.handed ? 1 : input.task.max_attempts,
      retry: input.task.retry,
      error,
      random: Math.random(),
    });
    if (!next) return settlement(task, result.outcome, result);
    previous = error;
    if (!wasOutside(error)) task.thread = input.leads ? withMistake(task.thread, error) : null;
    await task.job.report(task.attempt, 'task.retrying', {
      by: 'back-off',
      error: {
        ...{ code: error.code, message: error.message },
        ...(error.provider ? { provider: error.provider } : {}),
      },
      next_attempt_in_seconds: next.delay_seconds,
    });
    await backOff(task, next.delay_seconds);
  }
}

/** The attempt goes on in a new run: the conversation travels by its hash. */
async function continueAttempt(
  task: Task,
  told: Pick<CarriedAttempt, 'previous_failure' | 'made' | 'worked_ms' | 'clock_ms'>,
): Promise<void> {
  await condition(allHandlersFinished);
  const { input, attempt, thread, inbox, reports, held, progress_at, repository } = task;
  if (task.cancelled || !thread) return;
  const carried = { ...told, attempt, thread, inbox, reports, held, progress_at };
  const again = makeContinueAsNewFunc<TaskWorkflow>({ memo: workflowInfo().memo });
  await again({ ...input, ...(repository ? { repository } : {}), thread: null, carried });
}

/** An agent that leads would lose its work by starting over: it continues, and is told about its mistake. */
function withMistake(thread: Thread | null, { message }: AttemptError): Thread | null {
  if (!thread) return null;
  return { ...thread, repeats: {}, remarks: [...thread.remarks, `Your last turn was of no use: ${message}`] };
}

const totalMs = ({ task }: TaskInput): number =>
  (task.total_timeout_seconds ?? Number.POSITIVE_INFINITY) * 1000;

/** The last attempt failed when the time for all of them was over. */
const outOfTime = ({ task }: TaskInput, { message, tail }: AttemptError): AttemptError => ({
  code: 'total_timeout',
  message: `not done within ${task.total_timeout_seconds} s in all; the last attempt: ${message}`,
  ...(tail === undefined ? {} : { tail }),
  retryable: false,
});

async function backOff(task: Task, seconds: number): Promise<void> {
  if (!task.cancelled) await condition(() => task.cancelled, seconds * 1000);
}

function settlement(
  task: Task,
  outcome: TaskOutcome,
  by: { agent: string | null; worker: string | null } = { agent: task.input.agent, worker: null },
): TaskSettlement {
  const { task: planned, generation } = task.input;
  const { thread, handed_in } = task;
  return {
    task_id: planned.task_id,
    generation,
    attempt: task.attempt,
    outcome:
      outcome.status === 'cancelled'
        ? { ...outcome, ...(thread ? { thread } : {}), ...(handed_in ? { handed_in } : {}) }
        : outcome,
    agent: by.agent,
    worker: by.worker,
    ...(task.conversation === null ? {} : { conversation: task.conversation }),
    ...(task.inbox.length === 0 ? {} : { unread: task.inbox }),
  };
}
