import type { AgentSummary } from '../../contracts/agent.ts';
import type { Task } from '../../contracts/plan.ts';
import type { Availability } from '../../contracts/registry.ts';

/** What matching looks at. Of agents that do not register, nothing is known of how they are: they count as there. */
export interface Candidate
  extends Pick<AgentSummary, 'name' | 'kind' | 'capabilities'>,
    Partial<Availability> {
  /** false: nothing that it needs is set up, so that it is the last choice */
  ready?: boolean;
}

/** Agents that are addressed by name only: nothing is handed to a person or a shell because a tag fits. */
const BY_NAME_ONLY: readonly AgentSummary['kind'][] = ['human', 'command'];

/**
 * Agents that have every wanted capability tag and can be given work, best first: those that are ready, with the
 * fewest tags beyond those wanted, the lowest load (of what they take at once), the shortest SLA, then by name. Tags
 * are compared without regard to case. Nothing wanted matches nobody.
 */
export function matchAgents<A extends Candidate>(capabilities: readonly string[], agents: readonly A[]): A[] {
  return capable(capabilities, agents).filter(isAvailable);
}

/** The best of {@link matchAgents}, or null. */
export function matchAgent<A extends Candidate>(
  capabilities: readonly string[],
  agents: readonly A[],
): A | null {
  return matchAgents(capabilities, agents)[0] ?? null;
}

/**
 * Who takes a task: the agent that it names, else the best match of its capabilities. One that says neither is a
 * command when it carries one, else the general agent's. Null where there is nobody.
 */
export function takerOf<A extends Candidate>(
  task: Pick<Task, 'agent' | 'capabilities' | 'command'>,
  agents: readonly A[],
): A | null {
  return takersOf(task, agents)[0] ?? null;
}

/** Like {@link takerOf}: all who can be given the task now, best first. */
export function takersOf<A extends Candidate>(
  task: Pick<Task, 'agent' | 'capabilities' | 'command'>,
  agents: readonly A[],
): A[] {
  return meantBy(task, agents).filter(isAvailable);
}

/** Those who could do a task if they were there and had time, best first. */
export function meantBy<A extends Candidate>(
  { agent, capabilities, command }: Pick<Task, 'agent' | 'capabilities' | 'command'>,
  agents: readonly A[],
): A[] {
  if (agent === null && capabilities.length > 0) return capable(capabilities, agents);
  const name = agent ?? (command === null ? 'general' : 'command');
  return agents.filter((known) => known.name === name);
}

/** Whether an agent can be given work: it is not offline, and has a place left. */
export const isAvailable = (agent: Partial<Availability>): boolean =>
  agent.health !== 'offline' && freePlaces(agent) > 0;

/** How many more tasks an agent takes. */
export const freePlaces = ({ load = 0, max_concurrency }: Partial<Availability>): number =>
  max_concurrency === null || max_concurrency === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(0, max_concurrency - load);

/** Whether an agent may be chosen by its capabilities at all. */
export function isMatchable(agent: Pick<AgentSummary, 'kind'>): boolean {
  return !BY_NAME_ONLY.includes(agent.kind);
}

/** Order of names by code unit, the same on every machine. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function capable<A extends Candidate>(capabilities: readonly string[], agents: readonly A[]): A[] {
  const wanted = new Set(capabilities.map(normalizeTag));
  if (wanted.size === 0) return [];
  return agents
    .filter(isMatchable)
    .map((agent) => ({ agent, tags: new Set(agent.capabilities.map(normalizeTag)) }))
    .filter(({ tags }) => [...wanted].every((tag) => tags.has(tag)))
    .sort(
      (a, b) =>
        Number(a.agent.ready === false) - Number(b.agent.ready === false) ||
        a.tags.size - b.tags.size ||
        share(a.agent) - share(b.agent) ||
        compareSla(a.agent, b.agent) ||
        compareNames(a.agent.name, b.agent.name),
    )
    .map(({ agent }) => agent);
}

/** What an agent without a limit is taken to take at once, to compare its load with that of others. */
const MANY = 1000;

const share = ({ load = 0, max_concurrency }: Candidate): number => load / (max_concurrency ?? MANY);

function compareSla({ sla_seconds: a }: Candidate, { sla_seconds: b }: Candidate): number {
  if ((a ?? null) === (b ?? null)) return 0;
  return (a ?? Number.MAX_VALUE) - (b ?? Number.MAX_VALUE);
}

function normalizeTag(tag: string): string {
  return tag.trim().toLowerCase();
}
