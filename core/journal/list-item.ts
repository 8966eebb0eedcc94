import { activeSeconds } from '../../contracts/active-time.ts';
import type { JobListItem, JobView } from '../../contracts/view.ts';
import { memberViews, teamOf } from '../boss/team.ts';
import { budgetView } from '../money/budget.ts';
import {
  isLed,
  type JobState,
  jobStatus,
  newTaskState,
  plannedTasks,
  taskStateOf,
} from '../state/job-state.ts';
import { stats } from './stats.ts';
import { jobError, listedReason } from './view.ts';

/** What the list says of how a live job stands; {@link jobHead} has what it says from the beginning. */
export function jobStanding(
  state: JobState,
): Pick<JobListItem, 'status' | 'stats' | 'budget' | 'finished_at'> {
  const tasks = plannedTasks(state).map((task) => taskStateOf(state, task.task_id) ?? newTaskState(task));
  return {
    status: jobStatus(state),
    stats: stats(tasks),
    budget: budgetView(state.budget),
    finished_at: state.finished_at,
  };
}

/** Who works on a live job that an agent leads; undefined for others. */
export const jobTeam = (state: JobState): JobListItem['team'] =>
  isLed(state.spec) ? teamOf(memberViews(state)) : undefined;

/** Why a live job failed, or waits in review. */
export const jobReason = (state: JobState): string | null => listedReason(jobError(state));

/** The line of the list that a closed job has. */
export function closedItem(view: JobView): JobListItem {
  const { job_id, title, status, owner, created_at, finished_at, stats, budget, origin, strategy } = view;
  const team = teamOf(view.agents);
  const active_seconds = activeSeconds(view);
  return {
    ...{ job_id, title, status, owner, created_at, finished_at, stats, budget },
    ...(origin ? { origin } : {}),
    ...(strategy ? { strategy } : {}),
    ...(team ? { team } : {}),
    ...(view.partial ? { partial: true } : {}),
    ...(view.error ? { reason: listedReason(view.error) } : {}),
    ...(active_seconds === undefined ? {} : { active_seconds }),
  };
}
