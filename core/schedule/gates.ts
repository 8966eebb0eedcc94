import type { FieldIssue } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { Risk, Task } from '../../contracts/plan.ts';
import { type Gates, type JobState, plannedTasks, taskStateOf } from '../state/job-state.ts';

/** How long a gate that is there because of a task's risk waits, in seconds; null: for ever. */
const EXPIRES_SECONDS: Record<Risk, number | null> = { low: null, medium: 1800, high: 3600, critical: 5400 };

/** What a person says of the gates to come; what is left out stays as it was. */
export interface GateSettings {
  hold?: Gates['hold'] | undefined;
  checkpoints?: string[] | undefined;
}

/** Whether a task waits for a person before it starts, and after how many seconds that expires (null: never). */
export function gateFor(
  state: Pick<JobState, 'gates'>,
  task: Task,
): { expires_seconds: number | null } | null {
  if (task.approval === 'required') return { expires_seconds: task.approval_expires_seconds };
  const { hold, checkpoints } = state.gates ?? { hold: 'none', checkpoints: [] };
  const held =
    hold === 'all' || (hold === 'risk' && task.risk !== 'low') || checkpoints.includes(task.task_id);
  if (!held) return null;
  return { expires_seconds: task.approval_expires_seconds ?? EXPIRES_SECONDS[task.risk] };
}

/** Sets the gates to come. */
export function setGates(state: JobState, { hold, checkpoints }: GateSettings): void {
  if (hold === undefined && checkpoints === undefined) return;
  const before = state.gates ?? { hold: 'none', checkpoints: [] };
  state.gates = { hold: hold ?? before.hold, checkpoints: checkpoints ?? before.checkpoints };
}

/** Checkpoints that are no tasks of the plan, by field. */
export function unknownCheckpoints(state: JobState, checkpoints: readonly string[] = []): FieldIssue[] {
  const known = new Set(plannedTasks(state).map(({ task_id }) => task_id));
  return checkpoints.flatMap((id, index) =>
    known.has(id) ? [] : [{ path: `checkpoints.${index}`, issue: `the job has no task '${id}'` }],
  );
}

/** Opens every gate that waits now, expired ones too. */
export function releaseGates(
  state: JobState,
  actor: string | undefined,
  note: string | undefined,
): EventDraft[] {
  return plannedTasks(state).flatMap(({ task_id }): EventDraft[] => {
    const task = taskStateOf(state, task_id);
    const expired = task?.status === 'blocked' && task.reason === 'approval_expired';
    if (!task?.gate || (task.status !== 'awaiting_approval' && !expired)) return [];
    task.status = 'pending';
    task.reason = null;
    task.gate = { ...task.gate, granted: true };
    state.review = null;
    const data = { kind: 'gate', ...(note ? { note } : {}) };
    return [{ type: 'approval.granted', task_id, ...(actor ? { actor } : {}), data }];
  });
}
