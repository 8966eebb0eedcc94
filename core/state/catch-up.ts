import type { TaskSettlement } from '../../contracts/attempt.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { approvePlan } from '../commands/plan.ts';
import { skipByPerson } from '../schedule/settle.ts';
import { type JobState, taskStateOf } from './job-state.ts';

/**
 * Brings a state that is older than the job's journal up to it, where nobody knows a later one: what people decided
 * stands, and tasks that have ended since are `running`, to be settled by their ends. A job of which tasks were done that
 * the state knows nothing of ends: they would be done twice.
 * @param ends of all tasks of the state, those of earlier starts among them
 * @param events those after the state's last one
 */
export function catchUp(state: JobState, ends: readonly TaskSettlement[], events: readonly JobEvent[]): void {
  for (const event of events) decide(state, event);
  // a plan that was being checked is put forward again, with none of its tasks begun
  const known = (task_id: string) => (state.phase === 'planning' ? undefined : taskStateOf(state, task_id));
  for (const { task_id, generation, outcome } of ends) {
    const task = known(task_id);
    if (!task || generation < task.generation || outcome.status === 'cancelled') continue;
    if (generation === task.generation && task.status !== 'running') continue;
    Object.assign(task, { status: 'running', generation });
  }
  const unknown = events.flatMap(({ type, task_id }) =>
    type === 'task.completed' && task_id && !known(task_id) ? [task_id] : [],
  );
  if (unknown.length === 0) return;
  const message = `its run before the reset can't be read any more, and the state it was reset to lacks tasks that are done: ${unknown.slice(0, 5).join(', ')}. Submit it again, without them`;
  state.ending ??= { status: 'failed', error: { code: 'reset', message } };
}

/** What a person decided, by the event that tells of it. */
function decide(state: JobState, { type, task_id, actor, data, at }: JobEvent): void {
  const { plan_version, limit_usd, reason, kind } = data as Record<string, unknown>;
  if (type === 'budget.added') state.budget.limit_usd = Number(limit_usd);
  if (type === 'job.approved' && state.plan?.version === plan_version) {
    approvePlan(state, at, actor);
    state.spec.plan = null;
  }
  const task = task_id === undefined ? undefined : taskStateOf(state, task_id);
  if (!task) return;
  if (type === 'approval.granted' && kind === 'gate') {
    task.gate = { requested_at: at, expires_at: null, ...task.gate, granted: true };
    if (task.status === 'awaiting_approval') task.status = 'pending';
  }
  if (type === 'task.skipped' && reason === 'by_person')
    skipByPerson(state, task, at, actor ? { actor } : {});
}
