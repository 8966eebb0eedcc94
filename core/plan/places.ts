import { takerOf } from '../agents/match.ts';
import { type JobState, ownOf, type Place, plannedTasks } from '../state/job-state.ts';

/** The agent of tasks that nobody could take when they were planned. */
const NOBODY = 'any';

/** Gives every task of the plan that has none its place. One that was given stays, whatever is edited or retried. */
export function assignPlaces(state: JobState): void {
  const agents = state.snapshot?.agents ?? [];
  state.places ??= {};
  const { places } = state;
  const counts = new Map<string, number>();
  for (const { agent, n } of Object.values(places)) counts.set(agent, Math.max(n, counts.get(agent) ?? 0));
  for (const task of plannedTasks(state)) {
    if (Object.hasOwn(places, task.task_id)) continue;
    const agent = task.agent ?? takerOf(task, agents)?.name ?? NOBODY;
    const n = (counts.get(agent) ?? 0) + 1;
    counts.set(agent, n);
    places[task.task_id] = { agent, n };
  }
}

/** The id of a task in agent brokerage: the agent, the client's id of the job, the number. */
export const subtaskId = ({ agent, n }: Place, clientTaskId: string): string =>
  `${agent}::${clientTaskId}::${n}`;

/** The ids that a client of agent brokerage has for a job and a task; undefined for other jobs. */
export function clientNames(
  { spec, places }: Pick<JobState, 'spec' | 'places'>,
  task_id: string | undefined,
): { task_id: string; subtask_id?: string } | undefined {
  const { brokered } = spec;
  if (!brokered) return undefined;
  const place = task_id === undefined ? undefined : ownOf(places ?? {}, task_id);
  return {
    task_id: brokered.task_id,
    ...(place ? { subtask_id: subtaskId(place, brokered.task_id) } : {}),
  };
}
