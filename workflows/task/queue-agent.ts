import type { RawValue } from '@temporalio/common';
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  patched,
  proxyActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { AttemptError, AttemptRequest } from '../../contracts/attempt.ts';
import type { AgentBrief } from '../../contracts/http-agent.ts';
import { attemptSeconds } from '../../core/schedule/attempt-time.ts';
import { TOO_DEEP, tooDeep } from '../../core/text/json-depth.ts';
import { short } from '../activities.ts';
import { kept } from '../kept-value.ts';
import { isUnstarted } from '../unstarted.ts';
import type { Task, Work } from './context.ts';

/** The one activity of an agent that is a Temporal worker of its own, see docs/task-queue-agents.md. */
interface QueueAgent {
  execute_task(brief: RawValue<Omit<AgentBrief, 'callback_url'>>): Promise<unknown>;
}

/** How long a brief may lie on the queue before it is looked whether anybody is there. */
const UNTAKEN_SECONDS = 60;

/** Hands the attempt to a worker on the agent's own queue, and takes in what it returns. */
export async function callOnQueue(_task: Task, request: AttemptRequest): Promise<Work> {
  const { agent, target, job_id } = request;
  const { task_id } = request.task;
  const task_queue = target!.task_queue!;
  const { heartbeat_seconds } = target!;
  const seconds = attemptSeconds(request);
  const worker = proxyActivities<QueueAgent>({
    taskQueue: task_queue,
    scheduleToStartTimeout: UNTAKEN_SECONDS * 1000,
    // later than the workflow's own clock, which is the one that counts
    startToCloseTimeout: seconds * 1000 + 60_000,
    ...(heartbeat_seconds ? { heartbeatTimeout: heartbeat_seconds * 1000 } : {}),
    // somebody else's code may never look whether it is cancelled
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { maximumAttempts: 1 },
  });
  const brief = await short.writeBrief(request);
  for (;;) {
    try {
      const answer = await worker.execute_task(kept(brief));
      if (tooDeep(answer)) {
        const message = `The agent returned something that can't be kept: ${TOO_DEEP}.`;
        const error = { code: 'agent_answer_invalid', message, retryable: true };
        return { outcome: { status: 'failed', error, artifacts: [] }, agent, worker: null };
      }
      const taken = await short.takeAnswer({ job_id, task_id, answer });
      return { outcome: taken, agent, worker: null };
    } catch (error) {
      if (isUnstarted(error)) {
        const alive = await short.isQueueAlive({ task_queue, within_seconds: UNTAKEN_SECONDS });
        if (alive) continue;
        const message = `no worker takes tasks from the queue ${task_queue} of the agent \`${agent}\``;
        return { outcome: { status: 'blocked', reason: 'no_agent', message }, agent, worker: null };
      }
      const failure = isSilent(error) ? lost(agent, heartbeat_seconds) : failureOf(error);
      if (failure === null) throw error;
      // what somebody else's code says goes through the same hands as what it returns: secrets stay out
      if (!isSilent(error) && patched('queue-failures-taken')) {
        const taken = await short.takeAnswer({ job_id, task_id, answer: { error: failure } });
        return { outcome: taken, agent, worker: null };
      }
      return { outcome: { status: 'failed', error: failure, artifacts: [] }, agent, worker: null };
    }
  }
}

/** Whether a worker took it and then fell silent. */
const isSilent = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'HEARTBEAT';

function lost(agent: string | null, seconds: number | null | undefined): AttemptError {
  const message = `the worker of the agent ${agent} that did it was not heard of for ${seconds} s`;
  return { code: 'worker_lost', message, retryable: true };
}

/** As an answer may have them, see contracts/http-agent.ts. */
const CODE_CHARS = 100;
const MESSAGE_CHARS = 20_000;

/** What the agent's own code threw; null for everything else. */
function failureOf(error: unknown): AttemptError | null {
  if (!(error instanceof ActivityFailure && error.cause instanceof ApplicationFailure)) return null;
  if (error.activityType !== 'execute_task') return null;
  const { type, message, nonRetryable } = error.cause;
  return {
    code: type?.slice(0, CODE_CHARS) || 'agent_failed',
    message: message.slice(0, MESSAGE_CHARS) || 'the agent did not say why',
    retryable: !nonRetryable,
  };
}
