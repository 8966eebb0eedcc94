import type { EventDraft } from '../../contracts/event.ts';
import type { Conflict } from '../../contracts/repository/work.ts';
import { agentOf } from '../schedule/schedule.ts';
import { skipByPerson } from '../schedule/settle.ts';
import { isAttended, type JobState, plannedTasks, type TaskState, taskStateOf } from '../state/job-state.ts';
import { addResolver, awaitsPerson, conflictId, doAgain, isAble } from './conflict.ts';
import type { Answered } from './queue.ts';
import type { WorkConflict } from './state.ts';
import { takeOut } from './take-back.ts';

/**
 * Work does not merge: it becomes a task of its own for an agent that is no party to it, where there is one, else for the
 * agent whose work it is. Where there is none, nobody brings it together, see `tendConflicts`.
 */
export function workConflicts(
  state: JobState,
  { task_id, files, hunks_ref }: Conflict,
  now: string,
): EventDraft[] {
  takeOut(state, task_id);
  const task = state.tasks[task_id]!;
  const conflict: WorkConflict = {
    files: files.slice(0, NAMED_FILES),
    hunks_ref,
    requested_at: now,
    resolver: null,
  };
  const work = { ...task.work!, merge: 'conflict' as const, conflict };
  task.work = work;
  const agent = resolverFor(state, task);
  const added = agent ? addResolver(state, task, agent, now) : [];
  const { resolver } = task.work.conflict!;
  const data = { files: conflict.files, files_in_conflict: files.length, hunks_ref, resolver };
  return [{ type: 'merge.conflict', task_id, attempt: task.attempt, data }, ...added];
}

/**
 * What becomes of conflicts and of those who resolve them, whenever something has changed. A conflict that nobody brings
 * together any more is told to a person, once; where nobody looks after the job, its task tries again. A task that resolves
 * what is not wanted any more, or was resolved otherwise, is left out.
 */
export function tendConflicts(state: JobState, now: string): Answered {
  const told: Answered = { events: [], answers: [] };
  for (const task of Object.values(state.tasks)) {
    const { conflict } = task.work ?? {};
    if (!conflict) continue;
    if (!awaitsPerson(state, task)) {
      delete conflict.asked;
    } else if (!isAttended(state.spec)) {
      told.answers.push({ task_id: task.task_id, answer: doAgain(state, task) });
    } else if (!conflict.asked) {
      conflict.asked = true;
      told.events.push(requested(task.task_id));
    }
  }
  for (const task of Object.values(state.tasks)) {
    if (!task.work?.resolves || isWanted(state, task)) continue;
    if (task.status === 'running') task.stop ??= 'skip';
    else if (task.status !== 'completed' && task.status !== 'skipped')
      told.events.push(...skipByPerson(state, task, now, { note: NOT_WANTED }));
  }
  return told;
}

const NOT_WANTED = 'what it was to bring together is not in conflict any more';

/** Whether a task that resolves is waited for, or has done so. */
function isWanted(state: JobState, { task_id, work }: TaskState): boolean {
  const task = taskStateOf(state, work!.resolves!.task_id);
  if (task?.work?.merge === 'landed') return true;
  const isOpen = task?.status === 'running' && task.stop === null && task.work?.merge === 'conflict';
  return isOpen && task.work?.conflict?.resolver === task_id;
}

const NAMED_FILES = 50;

const requested = (task_id: string): EventDraft => ({
  type: 'approval.requested',
  task_id,
  data: { approval_id: conflictId(task_id), kind: 'conflict', expires_at: null },
});

/** The agent that brings work together: one with a model, and best one that has done none of it. */
function resolverFor(state: JobState, task: TaskState): string | null {
  const { agents = [], planner_model = null } = state.snapshot ?? {};
  if (planner_model === null) return null;
  const planned = new Map(plannedTasks(state).map((one) => [one.task_id, one]));
  const parties = new Set(
    Object.values(state.tasks)
      .filter((one) => one === task || one.work?.merge === 'landed')
      .map((one) => one.agent ?? (planned.has(one.task_id) ? agentOf(planned.get(one.task_id)!, one) : null)),
  );
  const able = agents.filter(isAble);
  const others = able.filter(({ name }) => !parties.has(name));
  const coders = others.filter(({ capabilities }) => capabilities.includes('coding'));
  const own = able.find(({ name }) => name === task.agent);
  return (coders[0] ?? own ?? others[0])?.name ?? null;
}
