import type { Artifact, DependencyResult } from '../../contracts/artifact.ts';
import type { AttemptError } from '../../contracts/attempt.ts';
import { jobWorkflowId } from '../../contracts/names.ts';
import type { KeptPlan, Task } from '../../contracts/plan.ts';
import type {
  ClosedJob,
  CriterionView,
  JobResults,
  JobView,
  ShownError,
  TaskView,
} from '../../contracts/view.ts';
import { memberViews } from '../boss/team.ts';
import { budgetView } from '../money/budget.ts';
import { criticalPath, fileConflicts } from '../plan/graph.ts';
import { awaitsPerson } from '../repository/conflict.ts';
import type { Trouble } from '../repository/state.ts';
import { jobChanges, repositoryView, taskRepositoryView } from '../repository/view.ts';
import {
  isLed,
  type JobState,
  jobStatus,
  newTaskState,
  ownOf,
  plannedTasks,
  type TaskState,
  taskStateOf,
} from '../state/job-state.ts';
import { stats } from './stats.ts';

/** The job as everybody sees it. `temporal.ui_url` is filled in by whoever knows where the UI is. */
export function jobView(state: JobState): JobView {
  const planned = plannedTasks(state);
  const states = planned.map((task) => taskStateOf(state, task.task_id) ?? newTaskState(task));
  const repository = repositoryView(state);
  return {
    job_id: state.job_id,
    title: state.spec.title,
    owner: state.owner,
    status: jobStatus(state),
    cancel_requested: state.cancel_requested,
    error: jobError(state),
    tasks: planned.map((task, index) => taskView(state, task, states[index]!)),
    workers: states.flatMap(({ task_id, status, worker }) =>
      status === 'running' && worker !== null ? [{ worker, task_id }] : [],
    ),
    budget: budgetView(state.budget),
    stats: stats(states),
    plan_version: state.plan?.version ?? null,
    critical_path: criticalPath(planned).task_ids,
    file_conflicts: fileConflicts(planned),
    criteria: criteria(state),
    ...(state.sandbox ? { sandbox: state.sandbox } : {}),
    partial: state.partial,
    accepted_by: state.accepted_by,
    synthesis: state.synthesis?.output.text ?? state.synthesis?.output.preview ?? null,
    synthesis_artifact_id: state.synthesis?.artifact?.artifact_id ?? null,
    warnings: jobWarnings(state),
    ...(state.status_history ? { status_history: state.status_history } : {}),
    last_seq: state.journal.next_seq - 1,
    created_at: state.created_at,
    finished_at: state.finished_at,
    temporal: { workflow_id: jobWorkflowId(state.job_id), ui_url: null },
    ...(state.spec.origin ? { origin: state.spec.origin } : {}),
    ...(isLed(state.spec) ? { strategy: 'boss' as const, agents: memberViews(state) } : {}),
    ...(state.spec.brokered ? { brokered: state.spec.brokered } : {}),
    ...(repository ? { repository } : {}),
  };
}

/** What a person should know of the job and its plan. */
export const jobWarnings = ({ warnings, plan, repository }: JobState): string[] => [
  ...new Set([...warnings, ...(plan?.warnings ?? []), ...inTheWay(repository?.trouble)]),
];

const inTheWay = (trouble: Trouble | null | undefined): string[] =>
  trouble ? [`nothing can be merged or delivered at the moment: ${trouble.message}`] : [];

/** So much of why a job failed, or waits in review, is shown in lists. */
const REASON_CHARS = 2000;

/** Why a job failed or waits in review, as lists show it; null where it does neither. */
export const listedReason = (error: JobView['error']): string | null =>
  error?.message.slice(0, REASON_CHARS).toWellFormed() ?? null;

/** The request, and the whole outputs of its tasks. */
export function jobResults(state: JobState): JobResults {
  const outputs = Object.values(state.tasks).flatMap(({ task_id, output }) =>
    output ? [[task_id, output] as const] : [],
  );
  return { description: state.spec.description, outputs: Object.fromEntries(outputs) };
}

/** Every artifact of the job: of its tasks, and its own. */
export function jobArtifacts(state: JobState): Artifact[] {
  const own = state.synthesis?.artifact;
  return [...Object.values(state.tasks).flatMap((task) => task.artifacts), ...(own ? [own] : [])];
}

/** The job as the archive keeps it. */
export function archiveInput(state: JobState): ClosedJob<KeptPlan> {
  const changes = jobChanges(state);
  return {
    view: jobView(state),
    plans: [...state.old_plans, ...(state.plan ? [state.plan] : [])],
    body_hash: state.body_hash,
    artifacts: jobArtifacts(state),
    results: jobResults(state),
    requests: state.requests,
    ...(changes ? { changes } : {}),
  };
}

/** What a task's dependencies gave, for the agent that goes on from there. */
export function dependencyResults(state: JobState, taskIds: readonly string[]): DependencyResult[] {
  const planned = plannedTasks(state);
  const places = new Map(planned.map(({ task_id }, index) => [task_id, index]));
  return taskIds.map((task_id) => {
    const { status, output, artifacts } = state.tasks[task_id]!;
    const index = places.get(task_id) ?? -1;
    const { title = task_id, description = '' } = planned[index] ?? {};
    const step = { number: index + 1, description: description.slice(0, STEP_CHARS).toWellFormed() };
    const inSteps = state.spec.plan_form === 'steps';
    return { task_id, title, status, output, artifacts, ...(inSteps ? { step } : {}) };
  });
}

/** Characters of a step's description that those after it are told. */
const STEP_CHARS = 2000;

function taskView(state: JobState, task: Task, taskState: TaskState): TaskView {
  const place = ownOf(state.places ?? {}, task.task_id);
  const repository = taskRepositoryView(state.job_id, taskState);
  return {
    task_id: task.task_id,
    title: task.title,
    ...begunDescription(taskState.modified_prompt ?? task.description),
    status: taskState.status,
    reason: taskState.reason ?? waitsFor(state, taskState),
    agent: taskState.agent ?? task.agent,
    ...(place ? { place } : {}),
    depends_on: task.depends_on,
    attempt: taskState.attempt,
    retry_count: taskState.retry_count,
    started_at: taskState.started_at,
    finished_at: taskState.finished_at,
    last_heartbeat_at: null,
    worker: taskState.worker,
    ...(taskState.sandbox ? { sandbox: taskState.sandbox } : {}),
    output_preview: taskState.output?.preview ?? null,
    outputs: taskState.output?.data ?? null,
    artifacts_left_out: taskState.artifacts_left_out,
    ...(taskState.warnings ? { warnings: taskState.warnings } : {}),
    error: taskState.error && shown(taskState.error),
    cost_usd: taskState.cost_usd,
    parked_until: taskState.parked_until,
    conversation: taskState.conversation,
    ...(repository ? { repository } : {}),
  };
}

/** Characters of a task's description that the status of its job shows: it is read again and again. */
const DESCRIPTION_CHARS = 2000;

function begunDescription(description: string): Pick<TaskView, 'description' | 'description_chars'> {
  if (description.length <= DESCRIPTION_CHARS) return { description };
  const beginning = description.slice(0, DESCRIPTION_CHARS).toWellFormed();
  return { description: beginning, description_chars: description.length };
}

/** What a running task waits for, without a slot. */
function waitsFor(state: JobState, task: TaskState): string | null {
  const { asks, parked_until, awaits_message, status } = task;
  if (asks.length > 0 || awaitsPerson(state, task)) return 'waiting_for_person';
  if (awaits_message && status === 'running') return 'waiting_for_message';
  return parked_until ? 'rate_limited' : null;
}

function criteria(state: JobState): CriterionView[] {
  const verdicts = new Map(state.verdicts.map((verdict) => [verdict.criterion_id, verdict]));
  return (state.plan?.acceptance_criteria ?? []).map(({ criterion_id, text }) => ({
    criterion_id,
    text,
    verdict: verdicts.get(criterion_id)?.verdict ?? 'unverified',
    evidence: verdicts.get(criterion_id)?.evidence ?? null,
    task_ids: plannedTasks(state)
      .filter((task) => task.acceptance_criteria.includes(criterion_id))
      .map((task) => task.task_id),
  }));
}

/** Why a job failed, or waits in review. */
export const jobError = (state: JobState): ShownError | null => state.ending?.error ?? state.review;

const shown = ({ code, message, tail }: AttemptError): ShownError => ({
  code,
  message,
  ...(tail ? { tail } : {}),
});
