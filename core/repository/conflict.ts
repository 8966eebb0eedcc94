import type { AgentSummary } from '../../contracts/agent.ts';
import type { AttemptError } from '../../contracts/attempt.ts';
import type { EventDraft } from '../../contracts/event.ts';
import { BOSS_AGENT, VERIFIER_AGENT } from '../../contracts/names.ts';
import { Task } from '../../contracts/plan.ts';
import type { MergeAnswer } from '../../contracts/repository/merge.ts';
import type { Conflict } from '../../contracts/repository/work.ts';
import { addTask } from '../commands/add-task.ts';
import { freeTaskId } from '../plan/version.ts';
import { agentOf } from '../schedule/schedule.ts';
import { skipByPerson } from '../schedule/settle.ts';
import { isAttended, type JobState, plannedTasks, type TaskState, taskStateOf } from '../state/job-state.ts';
import type { Answered } from './queue.ts';
import { newTaskWork, pointOf, type WorkConflict } from './state.ts';
import { takeOut, tryAgain } from './take-back.ts';

/** Id of the approval by which a person decides what becomes of work that does not merge. */
export const conflictId = (taskId: string): string => `conflict-${taskId}`;

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
      told.answers.push({ task_id: task.task_id, answer: again(state, task) });
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

/** What a person may decide about work that does not merge. */
export type ConflictDecision = 'retry' | 'skip' | 'use_agent' | 'resolved';

/** Follows the decision; `skip` is the command of that name. */
export function decideConflict(
  state: JobState,
  taskId: string,
  decision: Exclude<ConflictDecision, 'skip'>,
  agent: string | null,
  now: string,
): { events: EventDraft[]; answer: MergeAnswer | null } {
  const task = state.tasks[taskId]!;
  if (decision === 'use_agent') return { events: addResolver(state, task, agent!, now), answer: null };
  if (decision === 'retry') return { events: [], answer: again(state, task) };
  task.work!.merge = 'waiting';
  return { events: [], answer: { merge: 'pushed', at: pointOf(state, state.repository!) } };
}

/** Whether a person is to decide about it: nobody brings it together with the head, or who was to has failed. */
export function awaitsPerson(state: JobState, task: TaskState): boolean {
  const { conflict, merge } = task.work ?? {};
  if (!conflict || merge !== 'conflict' || task.status !== 'running') return false;
  const resolver = conflict.resolver === null ? undefined : taskStateOf(state, conflict.resolver);
  // one that has ended without landing has brought nothing together, also where a person said that it was done
  return !resolver || isOver(resolver);
}

const isOver = ({ status }: TaskState): boolean =>
  ['completed', 'failed', 'skipped', 'cancelled'].includes(status);

/** The tasks that were to bring a task's work together with the head, and have not. */
export const resolversOf = (state: JobState, taskId: string): TaskState[] =>
  Object.values(state.tasks).filter(
    ({ work, status }) =>
      work?.resolves?.task_id === taskId && status !== 'completed' && status !== 'skipped',
  );

const NAMED_FILES = 50;

const requested = (task_id: string): EventDraft => ({
  type: 'approval.requested',
  task_id,
  data: { approval_id: conflictId(task_id), kind: 'conflict', expires_at: null },
});

function again(state: JobState, task: TaskState): MergeAnswer {
  const { conflict, head_sha } = task.work!;
  task.work!.merge = 'taken_back';
  delete task.work!.conflict;
  const error: AttemptError = {
    code: 'merge_conflict',
    message: `the work does not merge with what the others have done meanwhile; both changed ${conflict!.files.slice(0, 10).join(', ')}. It is kept as ${head_sha}; do it again on top of theirs`,
    retryable: true,
  };
  return tryAgain(state, task, error);
}

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

/** Whether an agent may bring work together: one with a model that judges and leads nothing. */
export const isAble = ({ name, kind, unavailable }: AgentSummary): boolean =>
  kind === 'llm' && unavailable === undefined && name !== VERIFIER_AGENT && name !== BOSS_AGENT;

/** Whether the plan may have one more task. */
export const hasRoom = (state: JobState): boolean =>
  plannedTasks(state).length < (state.snapshot?.limits.max_tasks ?? 0);

/** Adds the task that resolves; no task where the plan has all that it may have. */
function addResolver(state: JobState, task: TaskState, agent: string, now: string): EventDraft[] {
  const tasks = plannedTasks(state);
  if (!hasRoom(state)) return [];
  const planned = tasks.find(({ task_id }) => task_id === task.task_id)!;
  const resolving = Task.parse({
    task_id: freeTaskId(tasks, 'resolve'),
    title: `Resolve the conflict of ${planned.title}`.slice(0, 300),
    description: describe(state, task, planned),
    agent,
    timeout_seconds: planned.timeout_seconds,
    max_attempts: planned.max_attempts,
    risk: planned.risk,
    acceptance_criteria: planned.acceptance_criteria,
    files: task.work!.conflict!.files,
    budget_usd: planned.budget_usd,
  });
  const { events } = addTask(state, resolving, { source: 'repair' }, now);
  task.work!.conflict!.resolver = resolving.task_id;
  const { head_sha, bundle_ref } = task.work!;
  state.tasks[resolving.task_id]!.work = {
    ...newTaskWork(state.repository!.head_sha!),
    resolves: { task_id: task.task_id, head_sha: head_sha!, bundle_ref },
  };
  return events;
}

function describe(state: JobState, task: TaskState, planned: Task): string {
  const { files } = task.work!.conflict!;
  const landed = plannedTasks(state).filter(
    ({ task_id }) => state.tasks[task_id]?.work?.merge === 'landed' && state.tasks[task_id]?.work?.merge_sha,
  );
  const shown = (one: Task) =>
    `## ${one.title} (\`${one.task_id}\`)\n\n${one.description.slice(0, TOLD_CHARS)}`;
  return [
    `Two pieces of work changed the same lines. Your folder holds both, as git merges them: in ${files.map((file) => `\`${file}\``).join(', ')} the places that differ are marked (<<<<<<<, |||||||, =======, >>>>>>>). Bring them together so that what both were for is there, remove every mark, and run the check. Never drop one side.`,
    'The work that does not merge:',
    shown(planned),
    'What is in the branch already (the other side):',
    ...landed.slice(-SHOWN_TASKS).map(shown),
  ].join('\n\n');
}

const TOLD_CHARS = 4000;
const SHOWN_TASKS = 10;
