import { ActivityFailure, condition, setHandler, TimeoutFailure } from '@temporalio/workflow';
import type { AgentKind } from '../../contracts/agent.ts';
import type { AttemptRequest, AttemptResult, CallbackAnswer } from '../../contracts/attempt.ts';
import { short, work, workOnHost } from '../activities.ts';
import * as messages from '../messages.ts';
import type { AttemptEnd } from './attempt.ts';
import type { Clock } from './clock.ts';
import type { Task } from './task.ts';
import { think } from './think.ts';

/** What an agent made of an attempt. */
export type Work = Omit<AttemptEnd, 'worked_ms'>;

/** Hands the attempt to its agent; one function per kind of agent. */
export async function doWork(task: Task, request: AttemptRequest, clock: Clock): Promise<Work> {
  const kind = request.agent_kind;
  if (kind !== null) return BY_KIND[kind](task, request, clock);
  const found = await short.resolveAgent(request);
  if (found.status === 'blocked') return blocked(found.reason, found.message, null);
  return BY_KIND[found.kind](task, { ...request, agent: found.agent, agent_kind: found.kind }, clock);
}

const BY_KIND: Record<AgentKind, (task: Task, request: AttemptRequest, clock: Clock) => Promise<Work>> = {
  command: runCommand,
  http: callHttp,
  llm: think,
  human: async (_task, { agent }) => blocked('waiting_for_person', 'a person has to do it', agent),
  task_queue: async (_task, { agent }) =>
    blocked('no_agent', 'agents on task queues are not supported yet', agent),
};

/** A worker's poll takes up to a minute, and the server remembers those of dead workers for five. */
const LIVE_POLLER_SECONDS = 90;

async function runCommand(task: Task, request: AttemptRequest): Promise<Work> {
  const { heartbeat_seconds, host_wait_seconds, agent } = request;
  const host_id = request.host_id ?? (await short.claimHost()).host_id;
  for (;;) {
    try {
      const host = workOnHost(host_id, heartbeat_seconds, request.task.timeout_seconds, host_wait_seconds);
      return ended(await host.runCommand({ ...request, host_id }));
    } catch (error) {
      if (!isUnstarted(error) || task.cancelled) throw error;
      // no worker took it in time: the host is gone, or merely busy
      const within_seconds = Math.min(host_wait_seconds, LIVE_POLLER_SECONDS);
      if (await short.isHostAlive({ host_id, within_seconds })) continue;
      return blocked('host_lost', `the host ${host_id}, where the job's folder lies, is not there`, agent);
    }
  }
}

async function callHttp(_task: Task, request: AttemptRequest): Promise<Work> {
  let answer: CallbackAnswer | null = null;
  setHandler(messages.callback, (given) => {
    if (given.attempt === request.attempt) answer ??= given;
  });
  const result = await work(request.heartbeat_seconds, request.task.timeout_seconds).callHttpAgent(request);
  if (result.status !== 'waiting_callback') return ended(result);
  await condition(() => answer !== null);
  const { error, output, artifacts } = answer!;
  const { agent, worker } = result;
  if (error) return { outcome: { status: 'failed', error, artifacts }, agent, worker };
  return { outcome: { status: 'completed', output, artifacts }, agent, worker };
}

function ended(result: Exclude<AttemptResult, { status: 'waiting_callback' }> | AttemptResult): Work {
  if (result.status === 'blocked') return blocked(result.reason, result.message, result.agent);
  if (result.status === 'waiting_callback') throw new Error('this agent cannot answer later');
  const { output, artifacts, left_out, agent, worker } = result;
  return { outcome: { status: 'completed', output, artifacts, left_out }, agent, worker };
}

const blocked = (
  reason: Extract<Work['outcome'], { status: 'blocked' }>['reason'],
  message: string,
  agent: string | null,
): Work => ({ outcome: { status: 'blocked', reason, message }, agent, worker: null });

const isUnstarted = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';
