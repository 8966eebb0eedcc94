import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { RosterAgent } from '../../contracts/config.ts';
import { AGENT_APPEARED, jobWorkflowId } from '../../contracts/names.ts';
import type { AgentTarget, RegisteredAgent } from '../../contracts/registry.ts';
import { type Candidate, meantBy, takersOf } from '../../core/agents/match.ts';
import { summaryOf } from '../../core/agents/registered.ts';
import { attemptSeconds } from '../../core/schedule/attempt-time.ts';
import { wakeWaiting } from '../../store/agents/wake.ts';
import type { ActivityDeps } from '../deps.ts';
import { unavailable } from '../job/planning.ts';
import { defaultModel } from '../model/choose-model.ts';
import type { Activities, ResolvedAgent } from '../types.ts';

/** A place at an agent is held for so much longer than the attempt may take, in seconds. */
const LEASE_MARGIN_SECONDS = 60;

/** Who takes a task when its attempt starts, among the roster and the agents that registered. */
export function createAgentActivities(deps: ActivityDeps): Pick<Activities, 'resolveAgent' | 'releaseAgent'> {
  const { store } = deps;
  return {
    async resolveAgent(request) {
      const first = await take(deps, request);
      if (first !== null) return found(deps, request, first);
      const { job_id, owner, task } = request;
      const agent = request.agent ?? task.agent;
      await store.addWaiting({
        job_id,
        task_id: task.task_id,
        owner,
        agent,
        capabilities: task.capabilities,
      });
      // one that registered before the task stood in line has told nobody
      const second = await take(deps, request);
      if (second !== null) return found(deps, request, second);
      return { status: 'blocked', reason: 'no_agent', message: await whyNoAgent(deps, request) };
    },
    async releaseAgent(input) {
      const { owner } = input;
      await store.returnAgentLease(input);
      const agents = (await store.listAgents(owner)).map(summaryOf);
      await wakeWaiting(store, owner, agents, (job_id, task_ids) => tellJob(deps, job_id, task_ids));
    },
  };
}

/** Tells a job that there may be an agent for tasks of it; one that has closed hears nothing. */
export const tellJob = ({ temporal }: Pick<ActivityDeps, 'temporal'>, job_id: string, task_ids: string[]) =>
  temporal.signal(jobWorkflowId(job_id), AGENT_APPEARED, { task_ids });

type Taken = { agent: RosterAgent; target?: undefined } | { agent: Candidate; target: AgentTarget };

/** The best agent that takes the task now, with a place at it. */
async function take(deps: ActivityDeps, request: AttemptRequest): Promise<Taken | null> {
  const { agents, registered } = await candidates(deps, request);
  const { task, agent, refused_by = [] } = request;
  for (const candidate of takersOf({ ...task, agent: agent ?? task.agent }, agents)) {
    if (refused_by.includes(candidate.name)) continue;
    const known = registered.find(({ agent_id }) => agent_id === candidate.name);
    if (!known) return { agent: deps.roster.find(({ name }) => name === candidate.name)! };
    const target = await takePlace(deps, request, known);
    if (target) return { agent: candidate, target };
  }
  return null;
}

async function takePlace(
  { store }: ActivityDeps,
  request: AttemptRequest,
  { agent_id, base_url, task_queue, sla_seconds, heartbeat_seconds }: RegisteredAgent,
): Promise<AgentTarget | null> {
  const { job_id, owner, task, generation, attempt } = request;
  const lease_id = [job_id, task.task_id, generation, attempt, agent_id].join('/');
  const target = { base_url, task_queue, sla_seconds, heartbeat_seconds, lease_id };
  const seconds = attemptSeconds({ ...request, target }) + LEASE_MARGIN_SECONDS;
  const expires_at = new Date(Date.now() + seconds * 1000).toISOString();
  return (await store.takeAgentLease({ lease_id, owner, agent_id, expires_at })) ? target : null;
}

async function found(
  { store }: ActivityDeps,
  { job_id, task }: AttemptRequest,
  { agent: { name, kind }, target }: Taken,
): Promise<ResolvedAgent> {
  if (kind === 'human') throw new Error('tasks for people are not resolved');
  await store.removeWaiting(job_id, task.task_id);
  return { status: 'found', agent: name, kind, ...(target ? { target } : {}) };
}

/** The roster and the owner's registered agents; a name of the roster stays the roster's. */
async function candidates(deps: ActivityDeps, { owner, provider, model }: AttemptRequest) {
  const names = new Set(deps.roster.map(({ name }) => name));
  const registered = (await deps.store.listAgents(owner)).filter(({ agent_id }) => !names.has(agent_id));
  const otherwise = defaultModel(deps.providers);
  const roster = await Promise.all(
    deps.roster.map(async (agent): Promise<Candidate> => {
      const summary = { ...agent, provider: agent.llm?.provider ?? null, model: agent.llm?.model ?? null };
      const why = await unavailable(deps, { provider, model }, summary, otherwise);
      return { ...agent, ready: why.unavailable === undefined };
    }),
  );
  return { agents: [...roster, ...registered.map(summaryOf)] as Candidate[], registered };
}

async function whyNoAgent(deps: ActivityDeps, request: AttemptRequest): Promise<string> {
  const { agents } = await candidates(deps, request);
  const { task } = request;
  const agent = request.agent ?? task.agent;
  const meant = meantBy({ ...task, agent }, agents);
  const wanted = agent ? `is called '${agent}'` : `can do ${task.capabilities.join(', ')}`;
  if (meant.length === 0) {
    return `no agent ${wanted}. The task continues when one registers; or add one to the roster, or retry the task with another agent`;
  }
  const names = meant.map(({ name }) => name).join(', ');
  const offline = meant.filter(({ health }) => health === 'offline').length;
  const state = offline === meant.length ? 'offline' : offline === 0 ? 'busy' : 'offline or busy';
  return `who ${wanted} is ${state} (${names}). The task continues when one is free; or retry it with another agent`;
}
