import type { EventDraft } from '../../contracts/event.ts';
import { type JobAgent, MAX_JOB_AGENTS, type OwnAgent, Specialty } from '../../contracts/job-agent.ts';
import type { LeadRequestBody } from '../../contracts/lead.ts';
import { BOSS_TASK, ID_PATTERN } from '../../contracts/names.ts';
import { checkJobAgents, withJobAgents } from '../agents/job-agents.ts';
import { type JobState, taskStateOf } from '../state/job-state.ts';
import { cannotLead, type Refusal } from './delegate.ts';
import { bossAgent } from './team.ts';

type Wanted = Omit<Extract<LeadRequestBody, { wish: 'create' }>, 'wish'>;

/**
 * Makes a new agent of the project: a worker, under a name that nobody has, with tools that both its specialty and the
 * boss have.
 */
export function createAgent(
  state: JobState,
  given: Wanted,
): Refusal | { agent: OwnAgent; events: EventDraft[] } {
  const over = cannotLead(state);
  if (over) return over;
  const { spec } = state;
  const snapshot = state.snapshot!;
  const existing = spec.agents ?? [];
  const max_agents = snapshot.limits.max_agents ?? MAX_JOB_AGENTS;
  if (existing.length >= max_agents) {
    const refused = `the project has the ${max_agents} agents of its own that it may have (limits.max_agents)`;
    return { refused, cap: 'agent_limit' };
  }
  const wanted = wantedAgent(state, given);
  if ('refused' in wanted) return wanted;
  const boss = bossAgent(spec);
  const creator = { agent_id: boss, tools: snapshot.agents.find(({ name }) => name === boss)?.tools ?? [] };
  const checked = checkJobAgents([wanted], { snapshot, existing, max_agents }, creator);
  if (!checked.ok) return { refused: checked.issues.map(({ issue }) => issue).join('; ') };
  const [agent] = checked.agents;
  spec.agents = [...existing, agent!];
  state.snapshot = withJobAgents(snapshot, spec.agents);
  const message = `created the agent ${wanted.agent_id} (${wanted.specialty})`;
  const data = { status: 'working', message, agent: wanted.agent_id };
  const { attempt } = taskStateOf(state, BOSS_TASK)!;
  return { agent: agent!, events: [{ type: 'task.progress', task_id: BOSS_TASK, attempt, data }] };
}

function wantedAgent(state: JobState, given: Wanted): JobAgent | Refusal {
  const { name, role, system_prompt, capabilities, model } = given;
  const specialty = Specialty.options.find((one) => one === given.specialty);
  if (!ID_PATTERN.test(name)) {
    const refused = `the name '${name}' has to be 1 to 64 of a-z 0-9 . _ - and begin with a letter or digit`;
    return { refused };
  }
  if (role !== 'worker')
    return { refused: 'only workers can be created: a project has one boss, and that is you' };
  if (!specialty) {
    return {
      refused: `there is no specialty '${given.specialty}'; there are: ${Specialty.options.join(', ')}`,
    };
  }
  if (state.snapshot!.agents.some((known) => known.name === name)) {
    return { refused: `there is an agent '${name}' already; take another name` };
  }
  return {
    ...{ agent_id: name, role: 'worker', specialty, system_prompt },
    ...(capabilities && capabilities.length > 0 ? { capabilities } : {}),
    ...(model === undefined ? {} : { model }),
  };
}
