import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { Task } from '../../contracts/plan.ts';
import { ownOf } from '../state/job-state.ts';

/** Names that models use for agents of the roster that comes with the project. */
const ALIASES: Readonly<Record<string, string>> = { build: 'general' };

/** The tasks with agents by their own names. An agent that is really called like an alias stays itself. */
export function withoutAliases(tasks: readonly Task[], snapshot: Pick<RosterSnapshot, 'agents'>): Task[] {
  const names = new Set(snapshot.agents.map(({ name }) => name));
  return tasks.map((task) => {
    const meant = task.agent === null || names.has(task.agent) ? undefined : ownOf(ALIASES, task.agent);
    return meant === undefined ? task : { ...task, agent: meant };
  });
}
