import type { AgentSummary } from '../../contracts/agent.ts';
import type { AttemptError } from '../../contracts/attempt.ts';
import type { EventDraft } from '../../contracts/event.ts';
import { BOSS_AGENT, VERIFIER_AGENT } from '../../contracts/names.ts';
import { Task } from '../../contracts/plan.ts';
import type { MergeAnswer } from '../../contracts/repository/merge.ts';
import { addTask } from '../commands/add-task.ts';
import { freeTaskId } from '../plan/version.ts';
import { type JobState, plannedTasks, type TaskState, taskStateOf } from '../state/job-state.ts';
import { newTaskWork, pointOf } from './state.ts';
import { tryAgain } from './take-back.ts';

/** Id of the approval by which a person decides what becomes of work that does not merge. */
export const conflictId = (taskId: string): string => `conflict-${taskId}`;

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
  if (decision === 'retry') return { events: [], answer: doAgain(state, task) };
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

/** The task is to do its work again, from the branch as it is now. */
export function doAgain(state: JobState, task: TaskState): MergeAnswer {
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

/** Whether an agent may bring work together: one with a model that judges and leads nothing. */
export const isAble = ({ name, kind, unavailable }: AgentSummary): boolean =>
  kind === 'llm' && unavailable === undefined && name !== VERIFIER_AGENT && name !== BOSS_AGENT;

/** Whether the plan may have one more task. */
export const hasRoom = (state: JobState): boolean =>
  plannedTasks(state).length < (state.snapshot?.limits.max_tasks ?? 0);

/** Adds the task that resolves, for an agent; no task where the plan has all that it may have. */
export function addResolver(state: JobState, task: TaskState, agent: string, now: string): EventDraft[] {
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
