import { CancellationScope, condition } from '@temporalio/workflow';
import type { AgentKind } from '../../contracts/agent.ts';
import type { AttemptRequest, AttemptResult, CallbackAnswer, TaskOutcome } from '../../contracts/attempt.ts';
import { OUT_OF_TIME } from '../../contracts/attempt-codes.ts';
import type { AgentTarget } from '../../contracts/registry.ts';
import { fullResult, leanRequest } from '../../core/state/lean.ts';
import { commandOnHost, short, work } from '../activities.ts';
import * as messages from '../messages.ts';
import { isHostThere, isUnstarted } from '../unstarted.ts';
import type { Clock } from './clock.ts';
import type { Task, Work } from './context.ts';
import { onSignal } from './job-port.ts';
import { callOnQueue } from './queue-agent.ts';
import { think } from './think.ts';

/**
 * Hands the attempt to its agent; one function per kind of agent. Where none was settled before, it goes to the best
 * that there is now, and to the next one when that refuses it.
 * @param onTarget called when a registered agent takes it, with how long that agent may need
 */
export async function doWork(
  task: Task,
  request: AttemptRequest,
  clock: Clock,
  onTarget: (target: AgentTarget) => void,
): Promise<Work> {
  const kind = request.agent_kind;
  if (task.handed_in) return (await repositoryStory()).waitOn(task, request, task.handed_in, clock);
  if (request.handed) return inRepository(task, request, clock, 'human', async () => byHand(request));
  if (kind !== null)
    return inRepository(task, request, clock, kind, (told) => BY_KIND[kind](task, told, clock));
  const refused_by: string[] = [];
  let refusal: string | null = null;
  for (;;) {
    const found = await short.resolveAgent({ ...request, refused_by });
    if (found.status === 'blocked') {
      return blocked(found.reason, refusal ?? found.message, refused_by.at(-1) ?? null);
    }
    const { agent, target } = found;
    if (target) onTarget(target);
    const work = await workAt(task, { ...request, agent, agent_kind: found.kind, target }, clock);
    if (!isRefused(work)) return work;
    refused_by.push(agent);
    refusal = work.outcome.status === 'blocked' ? work.outcome.message : null;
  }
}

/** Has the chosen agent work, and gives back the place at a registered one, whatever comes of it. */
async function workAt(task: Task, request: AttemptRequest, clock: Clock): Promise<Work> {
  const { owner, target } = request;
  const { lease_id } = target ?? {};
  let work: Work | undefined;
  try {
    const kind = request.agent_kind!;
    work = await inRepository(task, request, clock, kind, (told) => BY_KIND[kind](task, told, clock));
    return work;
  } finally {
    if (lease_id) {
      const refused = work !== undefined && isRefused(work);
      const lease = { owner, agent_id: request.agent!, lease_id, refused };
      await CancellationScope.nonCancellable(() => short.releaseAgent(lease));
    }
  }
}

/** Whether the agent did not take it at all. */
const isRefused = ({ outcome }: Work): boolean =>
  outcome.status === 'blocked' && outcome.reason === 'no_agent';

/** Loaded by tasks of jobs with a repository only. */
const repositoryStory = () => import(/* webpackMode: "eager" */ './repository.ts');

/** Where the job has a repository. */
const inRepository = async (
  task: Task,
  request: AttemptRequest,
  clock: Clock,
  kind: AgentKind,
  work: (request: AttemptRequest) => Promise<Work>,
): Promise<Work> => {
  if (!task.repository) return work(request);
  const story = await repositoryStory();
  return story.inRepository(task, { ...request, agent_kind: kind }, task.repository, clock, work);
};

const BY_KIND: Record<AgentKind, (task: Task, request: AttemptRequest, clock: Clock) => Promise<Work>> = {
  command: runCommand,
  http: callHttp,
  llm: think,
  human: async (_task, { agent }) => blocked('waiting_for_person', 'a person has to do it', agent),
  task_queue: callOnQueue,
  coding: async (...given) => (await import(/* webpackMode: "eager" */ './code.ts')).code(...given),
};

/** A person has done it already. */
const byHand = ({ handed }: AttemptRequest): Work => ({
  outcome: { status: 'completed', output: handed!, artifacts: [] },
  agent: 'human',
  worker: null,
});

async function runCommand(task: Task, request: AttemptRequest, clock: Clock): Promise<Work> {
  const { host_wait_seconds, limit_ms, agent } = request;
  const host_id = request.host_id ?? (await short.claimHost()).host_id;
  for (;;) {
    const left = limit_ms === undefined ? {} : { limit_ms: limit_ms - clock.worked_ms() };
    try {
      const asked = { ...request, ...left };
      return ended(fullResult(await commandOnHost(host_id, asked).runCommand(leanRequest(asked))));
    } catch (error) {
      if (!isUnstarted(error) || task.cancelled) throw error;
      if (limit_ms !== undefined && clock.worked_ms() >= limit_ms) return { ...OUT, agent };
      // no worker took it in time: the host is gone, or merely busy
      if (await isHostThere(host_id, host_wait_seconds)) continue;
      const message = `the host ${host_id}, where the job's folder lies, is not there`;
      return { outcome: { status: 'blocked', reason: 'host_lost', message, host_id }, agent, worker: null };
    }
  }
}

const OUT: Work = {
  outcome: { status: 'failed', error: { code: OUT_OF_TIME, message: '', retryable: true }, artifacts: [] },
  agent: null,
  worker: null,
};

async function callHttp(_task: Task, request: AttemptRequest): Promise<Work> {
  let answer: CallbackAnswer | null = null;
  onSignal(messages.callback, (given) => {
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

function ended(result: AttemptResult): Work {
  if (result.status === 'blocked') return blocked(result.reason, result.message, result.agent);
  if (result.status === 'waiting_callback') throw new Error('this agent cannot answer later');
  const { agent, worker, ...outcome } = result;
  return { outcome, agent, worker };
}

const blocked = (
  reason: Extract<TaskOutcome, { status: 'blocked' }>['reason'],
  message: string,
  agent: string | null,
): Work => ({ outcome: { status: 'blocked', reason, message }, agent, worker: null });
