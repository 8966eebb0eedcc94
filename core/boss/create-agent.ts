import type { EventDraft } from '../../contracts/event.ts';
import { MAX_JOB_AGENTS, type OwnAgent, Specialty } from '../../contracts/job-agent.ts';
import type { LeadWish } from '../../contracts/lead.ts';
import { EVERYBODY, OPERATOR } from '../../contracts/message.ts';
import { BOSS_TASK, ID_PATTERN } from '../../contracts/names.ts';
import type { JobState } from '../job-state.ts';
import { cannotLead, type Refusal } from './delegate.ts';
import { bossAgent, membersOf } from './team.ts';

/** Names that mean somebody or something else. */
const RESERVED: readonly string[] = [EVERYBODY, OPERATOR, BOSS_TASK];

/**
 * Makes a new agent of the project: a worker, under a name that nobody has, with the tools of its specialty and no
 * others.
 */
export function createAgent(
  state: JobState,
  given: Omit<Extract<LeadWish, { wish: 'create' }>, 'wish'>,
): Refusal | { agent: OwnAgent; events: EventDraft[] } {
  const over = cannotLead(state);
  if (over) return over;
  const { name, role, system_prompt, capabilities, model } = given;
  const specialty = Specialty.options.find((one) => one === given.specialty);
  const names = new Set(
    [...(state.snapshot?.agents ?? []), ...RESERVED.map((one) => ({ name: one }))].map((one) => one.name),
  );
  const most = state.snapshot?.limits.max_agents ?? MAX_JOB_AGENTS;
  const problem =
    (!ID_PATTERN.test(name) &&
      `the name '${name}' has to be 1 to 64 of a-z 0-9 . _ - and begin with a letter or digit`) ||
    (names.has(name) && `there is an agent '${name}' already; take another name`) ||
    (membersOf(state).some(({ agent_id }) => agent_id === name) &&
      `the project has an agent '${name}' already`) ||
    (role !== 'worker' && 'only workers can be created: a project has one boss, and that is you') ||
    (!specialty && `there is no specialty '${given.specialty}'; there are: ${Specialty.options.join(', ')}`);
  if (problem) return { refused: problem };
  const created = (state.spec.agents ?? []).length;
  if (created >= most) {
    const refused = `the project has the ${most} agents of its own that it may have (limits.max_agents)`;
    return { refused, cap: 'agent_limit' };
  }
  const agent: OwnAgent = {
    agent_id: name,
    role: 'worker',
    specialty: specialty!,
    system_prompt,
    ...(capabilities && capabilities.length > 0 ? { capabilities } : {}),
    ...(model === undefined ? {} : { model }),
    created: true,
  };
  state.spec.agents = [...(state.spec.agents ?? []), agent];
  state.snapshot?.agents.push({
    name,
    kind: 'llm',
    description: `${specialty}, created by ${bossAgent(state.spec)}`,
    capabilities: [...new Set([specialty!, ...(capabilities ?? [])])],
    provider: null,
    model: null,
  });
  const data = { status: 'working', message: `created the agent ${name} (${specialty})`, agent: name };
  return { agent, events: [{ type: 'task.progress', task_id: BOSS_TASK, data }] };
}
