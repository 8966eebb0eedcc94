import type { AgentSummary } from '../contracts/agent.ts';
import type { Task } from '../contracts/plan.ts';

/** What matching looks at. */
type Candidate = Pick<AgentSummary, 'name' | 'kind' | 'capabilities'>;

/** Agents that are addressed by name only: nothing is handed to a person or a shell because a tag fits. */
const BY_NAME_ONLY: readonly AgentSummary['kind'][] = ['human', 'command'];

/**
 * Agents that have every wanted capability tag, best first: fewest tags beyond those wanted, then by name.
 * Tags are compared without regard to case. Nothing wanted matches nobody.
 */
export function matchAgents<A extends Candidate>(capabilities: readonly string[], agents: readonly A[]): A[] {
  const wanted = new Set(capabilities.map(normalizeTag));
  if (wanted.size === 0) return [];
  return agents
    .filter(isMatchable)
    .map((agent) => ({ agent, tags: new Set(agent.capabilities.map(normalizeTag)) }))
    .filter(({ tags }) => [...wanted].every((tag) => tags.has(tag)))
    .sort((a, b) => a.tags.size - b.tags.size || compareNames(a.agent.name, b.agent.name))
    .map(({ agent }) => agent);
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
  const { agent, capabilities, command } = task;
  if (agent === null && capabilities.length > 0) return matchAgent(capabilities, agents);
  const name = agent ?? (command === null ? 'general' : 'command');
  return agents.find((known) => known.name === name) ?? null;
}

/** Whether an agent may be chosen by its capabilities at all. */
export function isMatchable(agent: Pick<AgentSummary, 'kind'>): boolean {
  return !BY_NAME_ONLY.includes(agent.kind);
}

/** Order of names by code unit, the same on every machine. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function normalizeTag(tag: string): string {
  return tag.trim().toLowerCase();
}
