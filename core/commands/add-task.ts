import type { EventDraft } from '../../contracts/event.ts';
import type { Plan, Task } from '../../contracts/plan.ts';
import { assignPlaces } from '../plan/places.ts';
import { nextVersion, setPlan } from '../plan/version.ts';
import { type JobState, newTaskState } from '../state/job-state.ts';
import { takeUp } from './change-plan.ts';

/**
 * Adds a task to the plan while it is carried out, as a new version that the first approval covers, unless every version
 * has to be approved. Its agent is one of the roster that the version before was held against.
 */
export function addTask(
  state: JobState,
  task: Task,
  by: { source: Plan['source']; actor?: string },
  now: string,
): { waits: boolean; events: EventDraft[] } {
  const before = state.plan!;
  const { task_id } = task;
  const tasks = [...before.tasks, task];
  const plan: Plan = { ...before, ...nextVersion(before, tasks), source: by.source, tasks };
  const kept = state.old_plans;
  const { actor } = by;
  const edited = setPlan(state, plan, { type: 'plan.edited', ...(actor === undefined ? {} : { actor }) });
  // a version before is the first part of this one: hundreds of them need not be kept
  if (before.source === by.source && !state.changing) state.old_plans = kept;
  const waits = state.spec.approval === 'every_version' || Boolean(state.changing);
  const inForce = waits ? takeUp(state, before, now) : putInForce(state, task);
  const said = edited.map((event) => ({ ...event, data: { ...event.data, added: [task_id] } }));
  return { waits, events: [...said, ...inForce] };
}

function putInForce(state: JobState, task: Task): EventDraft[] {
  const covered = `covered by the approval of version ${state.approved_version}`;
  const plan_version = state.plan!.version;
  state.tasks[task.task_id] = newTaskState(task);
  state.approved_version = plan_version;
  state.snapshot_version = plan_version;
  assignPlaces(state);
  return [{ type: 'job.approved', data: { plan_version, note: covered } }];
}
