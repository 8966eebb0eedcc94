import type { AgentSummary, RosterSnapshot } from '../../contracts/agent.ts';
import type { RosterAgent } from '../../contracts/config.ts';
import type { FieldIssue } from '../../contracts/error.ts';
import { type JobAgent, MAX_JOB_AGENTS, type OwnAgent } from '../../contracts/job-agent.ts';
import { EVERYBODY, OPERATOR } from '../../contracts/message.ts';
import { BOSS_AGENT } from '../../contracts/names.ts';
import { ProviderName } from '../../contracts/spec.ts';
import { isCovered } from './tool-patterns.ts';

/** Agents of a job that may be added to it, or everything that is wrong with them, by their place in the list. */
export type CheckedAgents = { ok: true; agents: OwnAgent[] } | { ok: false; issues: FieldIssue[] };

/** Who makes an agent: it hands on no tool that it may not use itself. */
export interface Creator {
  agent_id: string;
  /** names and patterns */
  tools: readonly string[];
}

/**
 * The one door by which a job gets agents of its own: those that it is submitted with, and those that one of them makes
 * later. Each is made after an agent of the roster, see {@link baseOf}, and may have the tools of that one, or fewer.
 * @param agents what is to be added
 * @param job what it is added to: the roster in force, the agents that the job has of its own, the most that it may have
 * @param creator the agent that makes them; left out: they come with the submission
 */
export function checkJobAgents(
  agents: readonly JobAgent[],
  job: { snapshot: Pick<RosterSnapshot, 'agents'>; existing?: readonly OwnAgent[]; max_agents?: number },
  creator?: Creator,
): CheckedAgents {
  const { snapshot, existing = [], max_agents = MAX_JOB_AGENTS } = job;
  const issues: FieldIssue[] = [];
  const taken = new Set(existing.map(({ agent_id }) => agent_id));
  if (taken.size + agents.length > max_agents) {
    issues.push({ path: '', issue: `at most ${max_agents} agents are allowed in a job` });
  }
  const made = agents.map((agent, index) => {
    const at = (wrong: Wrong[]) =>
      issues.push(...wrong.map(([field, issue]) => ({ path: `${index}.${field}`, issue })));
    at(nameIssues(agent, taken));
    taken.add(agent.agent_id);
    const base = findBase(agent, snapshot.agents);
    if (!base) at([['specialty', `no agent of the roster is called '${baseOf(agent, snapshot.agents)}'`]]);
    else at(base.tools ? toolIssues(agent, base.tools, creator) : strangerIssues(agent, base));
    return creator ? createdBy(creator, agent, base?.tools ?? []) : agent;
  });
  return issues.length > 0 ? { ok: false, issues } : { ok: true, agents: made };
}

/**
 * The agent of the roster that an agent is made after: that of its own name, else the one that leads for a boss, else
 * that of its specialty.
 */
export function baseOf(
  { agent_id, role, specialty }: Pick<JobAgent, 'agent_id' | 'role' | 'specialty'>,
  roster: readonly { name: string }[],
): string {
  if (roster.some(({ name }) => name === agent_id)) return agent_id;
  return role === 'boss' ? BOSS_AGENT : specialty;
}

/** What is known of the roster and the job's own agents together; an agent of the job takes its namesake's place. */
export function withJobAgents<S extends Pick<RosterSnapshot, 'agents'>>(
  snapshot: S,
  own: readonly OwnAgent[],
): S {
  const roster = snapshot.agents.filter(({ owned }) => !owned);
  const added = own.flatMap((agent) => {
    const base = findBase(agent, roster);
    return base && isOfItsOwn(agent, base.name) ? [toSummary(agent, base)] : [];
  });
  return { ...snapshot, agents: inPlace(roster, added) };
}

/** The agents of an installation and of a job. A prompt that is kept elsewhere is still that of the roster here. */
export function jobRoster(roster: readonly RosterAgent[], own: readonly OwnAgent[]): RosterAgent[] {
  const added = own.flatMap((agent) => {
    const base = roster.find(({ name }) => name === baseOf(agent, roster));
    return base ? [toRosterAgent(agent, base)] : [];
  });
  return inPlace(roster, added);
}

/** The agents of a list, those of another in place of their namesakes or after them. */
export function inPlace<A extends { name: string }>(agents: readonly A[], others: readonly A[]): A[] {
  const byName = new Map(others.map((other) => [other.name, other]));
  const names = new Set(agents.map(({ name }) => name));
  return [
    ...agents.map((agent) => byName.get(agent.name) ?? agent),
    ...others.filter(({ name }) => !names.has(name)),
  ];
}

/** Provider and model of `provider/model`; a name that begins with no provider is a model's as a whole. */
export function parseModel(model: string): { provider: ProviderName | null; model: string } {
  const [first, ...rest] = model.split('/');
  const provider = ProviderName.safeParse(first);
  return provider.success && rest.length > 0
    ? { provider: provider.data, model: rest.join('/') }
    : { provider: null, model };
}

type Wrong = [field: string, issue: string];

/** Whom messages are addressed to besides agents. */
const RESERVED: readonly string[] = [EVERYBODY, OPERATOR];

function nameIssues({ agent_id, role }: JobAgent, taken: ReadonlySet<string>): Wrong[] {
  if (taken.has(agent_id)) return [['agent_id', `duplicate id '${agent_id}'`]];
  if (role === 'worker' && agent_id === BOSS_AGENT)
    return [['agent_id', `'${agent_id}' leads; use another id`]];
  return RESERVED.includes(agent_id) ? [['agent_id', `'${agent_id}' is reserved; use another id`]] : [];
}

/** Tools beyond those of the base, or of the creator. */
function toolIssues({ tools = [] }: JobAgent, base: readonly string[], creator?: Creator): Wrong[] {
  return tools.flatMap((tool, index): Wrong[] => {
    const field = `tools.${index}`;
    if (!isCovered(tool, base)) {
      return [[field, `'${tool}' is none of the tools that it can have: ${base.join(', ') || 'none'}`]];
    }
    if (!creator || isCovered(tool, creator.tools)) return [];
    return [[field, `'${creator.agent_id}' has no '${tool}' to hand on`]];
  });
}

/** An agent of the roster that thinks with no model is what it is. */
function strangerIssues(agent: JobAgent, { name, kind }: AgentSummary): Wrong[] {
  const issues = (['model', 'system_prompt', 'tools'] as const)
    .filter((field) => agent[field] !== undefined)
    .map((field): Wrong => [field, `'${name}' is of the kind ${kind}, which has none`]);
  if (agent.role === 'boss') issues.push(['role', `'${name}' is of the kind ${kind} and cannot lead`]);
  return issues;
}

/** Says that it was made; without tools of its own it has those that base and creator both have. */
function createdBy(creator: Creator, agent: JobAgent, base: readonly string[]): OwnAgent {
  return { ...agent, tools: agent.tools ?? bothHave(base, creator.tools), created: true };
}

/** What two lists of names and patterns both allow. */
const bothHave = (a: readonly string[], b: readonly string[]): string[] => [
  ...new Set([...a.filter((tool) => isCovered(tool, b)), ...b.filter((tool) => isCovered(tool, a))]),
];

const findBase = (agent: JobAgent, roster: readonly AgentSummary[]): AgentSummary | undefined => {
  const name = baseOf(agent, roster);
  return roster.find((known) => known.name === name);
};

/** Whether it is anything else than the agent of the roster that has its name. */
const isOfItsOwn = (agent: OwnAgent, base: string): boolean =>
  agent.agent_id !== base || OVERRIDES.some((field) => agent[field] !== undefined);

const OVERRIDES = ['model', 'system_prompt', 'system_prompt_ref', 'capabilities', 'tools'] as const;

function toSummary(agent: OwnAgent, { unavailable: _, ...base }: AgentSummary): AgentSummary {
  return {
    ...base,
    name: agent.agent_id,
    capabilities: agent.capabilities ?? base.capabilities,
    ...(agent.model === undefined ? {} : parseModel(agent.model)),
    ...(base.tools ? { tools: agent.tools ?? base.tools } : {}),
    specialty: specialtyOf(agent, base),
    owned: true,
  };
}

function toRosterAgent(agent: OwnAgent, base: RosterAgent): RosterAgent {
  const capabilities = agent.capabilities ?? base.capabilities;
  if (!base.llm) return { ...base, capabilities };
  const { provider, model } = agent.model === undefined ? base.llm : parseModel(agent.model);
  return {
    ...base,
    name: agent.agent_id,
    capabilities,
    llm: {
      ...base.llm,
      provider: provider ?? undefined,
      model,
      specialty: specialtyOf(agent, { name: base.name, ...base.llm }),
      tools: agent.tools ?? base.llm.tools,
      system_prompt: agent.system_prompt ?? base.llm.system_prompt,
    },
  };
}

/** One of the roster keeps what its file says of it. */
const specialtyOf = (agent: JobAgent, base: { name: string; specialty?: string }): string =>
  (agent.agent_id === base.name ? base.specialty : undefined) ?? agent.specialty;
