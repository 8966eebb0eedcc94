import { CancellationScope, ContinueAsNew, isCancellation } from '@temporalio/workflow';
import type { AttemptError, AttemptRequest, TaskInput, TaskOutcome } from '../../contracts/attempt.ts';
import { OUT_OF_TIME } from '../../contracts/attempt-codes.ts';
import type { AgentTarget } from '../../contracts/registry.ts';
import { slaSeconds } from '../../core/schedule/attempt-time.ts';
import { SLA_EXCEEDED } from '../../core/schedule/retry.ts';
import { attemptError, workerOf } from '../model-call.ts';
import { doWork } from './agents.ts';
import { startClock } from './clock.ts';
import type { AttemptEnd, Task } from './context.ts';

/**
 * Makes one attempt. Its clock is the workflow's, over all repetitions of its activities; it stands while the
 * agent waits for people, money or a rate limit. A command waits for none of them: its activity ends it in time, and
 * no timer is needed. A cancel or time-out reaches the running work, and the attempt ends when that has ended.
 * @param workedMs of the attempts before
 * @param clockMs of this one, in an earlier run of the workflow
 */
export async function makeAttempt(
  task: Task,
  previous: AttemptError | null,
  workedMs: number,
  clockMs = 0,
): Promise<AttemptEnd> {
  const { input } = task;
  const { timeout_seconds, total_timeout_seconds } = input.task;
  const total =
    total_timeout_seconds === null ? Number.POSITIVE_INFINITY : total_timeout_seconds * 1000 - workedMs;
  const scope = new CancellationScope({ cancellable: true });
  /** what the agent at work may take, in seconds */
  let limitSeconds = slaSeconds(input);
  const one = () => Math.min(timeout_seconds, limitSeconds) * 1000;
  const limit = () => Math.min(one(), total);
  const byActivity = isTimedByActivity(input);
  const clock = startClock(byActivity ? Number.POSITIVE_INFINITY : limit(), () => scope.cancel(), clockMs);
  const onTarget = (target: AgentTarget) => {
    limitSeconds = slaSeconds({ ...input, target });
    clock.limit(limit());
  };
  const request: AttemptRequest = {
    ...input,
    attempt: task.attempt,
    previous_failure: previous,
    ...(task.repository ? { repository: task.repository } : {}),
    ...(byActivity ? { limit_ms: Math.ceil(limit()) } : {}),
  };
  const end = (outcome: TaskOutcome, agent = input.agent, worker: string | null = null): AttemptEnd => ({
    outcome: isOutOfTime(outcome) ? timedOut(task, total <= one(), limitSeconds) : outcome,
    agent,
    worker,
    worked_ms: clock.worked_ms(),
  });

  task.stop = () => scope.cancel();
  if (task.cancelled) scope.cancel();
  try {
    const result = await scope.run(() => doWork(task, request, clock, onTarget));
    return end(result.outcome, result.agent, result.worker);
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    return end(outcomeOf(error), input.agent, workerOf(error));
  } finally {
    task.stop = undefined;
    clock.end();
  }

  function outcomeOf(error: unknown): TaskOutcome {
    if (task.cancelled) return { status: 'cancelled' };
    if (clock.expired() && isCancellation(error)) return timedOut(task, total <= one(), limitSeconds);
    if (isCancellation(error)) return { status: 'cancelled' };
    return { status: 'failed', error: attemptError(error), artifacts: [] };
  }
}

/** Tasks of earlier versions have a timer of their own, and replay so. */
const isTimedByActivity = ({ form, agent_kind }: TaskInput): boolean =>
  form !== undefined && agent_kind === 'command';

const isOutOfTime = (outcome: TaskOutcome): boolean =>
  outcome.status === 'failed' && outcome.error.code === OUT_OF_TIME;

function timedOut(task: Task, inAll: boolean, promised: number): TaskOutcome {
  const error = inAll ? outOfAll(task) : outOfOne(task, promised);
  // what an agent had done by then is kept
  const { said = '', artifacts = [] } = task.thread ?? {};
  return { status: 'failed', error: { ...error, ...(said === '' ? {} : { tail: said }) }, artifacts };
}

const outOfAll = ({ input }: Task): AttemptError => ({
  code: 'total_timeout',
  message: `not done within ${input.task.total_timeout_seconds} s in all`,
  retryable: false,
});

function outOfOne({ input: { task, agent } }: Task, promised: number): AttemptError {
  if (promised >= task.timeout_seconds) {
    return { code: 'timeout', message: `not done within ${task.timeout_seconds} s`, retryable: true };
  }
  const message = `not done within the ${promised} s that the agent ${agent ?? 'chosen for it'} may take`;
  return { code: SLA_EXCEEDED, message, retryable: true };
}
