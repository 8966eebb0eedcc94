import type { JobEvent } from '../../contracts/event.ts';
import type { LiveJob, LiveNews } from '../../contracts/telemetry.ts';
import { budgetView } from '../money/budget.ts';
import { waitingApprovals } from '../schedule/waiting.ts';
import { type JobState, jobStatus, plannedTasks, taskStateOf } from '../state/job-state.ts';
import { jobReason, jobTeam } from './list-item.ts';

/** The job in numbers, as it stands. */
export function liveJob(state: JobState): LiveJob {
  const tasks = plannedTasks(state).map(({ task_id }) => taskStateOf(state, task_id));
  return {
    status: jobStatus(state),
    tasks: countBy(tasks.map((task) => task?.status ?? 'pending')),
    approvals: countBy(waitingApprovals(state, state.created_at).map(({ kind }) => kind)),
    parked: tasks.filter((task) => task?.status === 'running' && task.parked_until !== null).length,
  };
}

/** Tells of a job what is new since the last time that it was asked; at first everything. */
export function newsOf(state: JobState): (events: readonly JobEvent[]) => LiveNews | undefined {
  let told = { live: '', budget: '', team: '' };
  return (events) => {
    const live = liveJob(state);
    const [budget, team] = [budgetView(state.budget), jobTeam(state)];
    const now = {
      live: JSON.stringify(live),
      budget: JSON.stringify(budget),
      team: JSON.stringify(team) ?? '',
    };
    const before = told;
    told = now;
    // the status may have changed and changed back: the job says so in events of its own
    const same = now.live === before.live && now.budget === before.budget && now.team === before.team;
    if (same && events.every(({ task_id }) => task_id !== undefined)) return undefined;
    const { finished_at } = state;
    const reason = jobReason(state);
    return {
      ...live,
      ...(now.budget === before.budget ? {} : { budget }),
      ...(team && now.team !== before.team ? { team } : {}),
      ...(finished_at === null ? {} : { finished_at }),
      ...(reason === null ? {} : { reason }),
    };
  };
}

function countBy<K extends string>(keys: readonly K[]): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
