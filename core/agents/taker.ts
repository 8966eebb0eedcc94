import type { AgentSummary } from '../../contracts/agent.ts';
import type { Task } from '../../contracts/plan.ts';
import type { JobState, TaskState } from '../state/job-state.ts';
import { plannedTasks } from '../state/job-state.ts';
import { takerOf } from './match.ts';

/** Who takes a task, by the roster of its plan and an operator's choice before it; null where that is nobody. */
export function agentFor(
  { snapshot }: Pick<JobState, 'snapshot'>,
  task: Task,
  { agent_override }: Pick<TaskState, 'agent_override'>,
): AgentSummary | null {
  return takerOf({ ...task, agent: agent_override ?? task.agent }, snapshot?.agents ?? []);
}

/**
 * Whether the agent of a task works on as many tasks of the job as it may at once. Those that wait for people, money
 * or a rate limit count: they go on with it.
 */
export function isAgentFull(state: JobState, task: Task): boolean {
  const agent = agentFor(state, task, state.tasks[task.task_id]!);
  if (agent?.max_concurrency === undefined) return false;
  const busy = plannedTasks(state).filter((other) => {
    const otherState = state.tasks[other.task_id]!;
    return otherState.status === 'running' && agentFor(state, other, otherState)?.name === agent.name;
  });
  return busy.length >= agent.max_concurrency;
}
