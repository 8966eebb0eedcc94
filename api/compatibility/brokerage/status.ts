import type { Artifact } from '../../../contracts/artifact.ts';
import type { JobStatus, TaskStatus } from '../../../contracts/status.ts';
import type { JobView, TaskView } from '../../../contracts/view.ts';
import { subtaskId } from '../../../core/plan/places.ts';
import type { Status, Subtask } from './shapes.ts';

const WORDS: Record<JobStatus, Status['status']> = {
  planning: 'planned',
  awaiting_approval: 'planned',
  running: 'running',
  paused: 'blocked',
  needs_review: 'blocked',
  synthesizing: 'running',
  verifying: 'running',
  completed: 'completed',
  failed: 'failed',
  rejected: 'failed',
  cancelled: 'failed',
};

const STATES: Record<TaskStatus, Subtask['state']> = {
  pending: 'pending',
  awaiting_approval: 'blocked',
  running: 'running',
  blocked: 'blocked',
  completed: 'completed',
  failed: 'failed',
  skipped: 'failed',
  cancelled: 'failed',
};

/** The status in this API's words; while a gate waits, a running job is blocked. */
export const wordOf = (status: JobStatus, gate_waits: boolean): Status['status'] =>
  status === 'running' && gate_waits ? 'blocked' : WORDS[status];

/** What a view does not hold: the results of its tasks, whole, by task_id, and its artifacts. */
export interface Results {
  outputs: ReadonlyMap<string, Record<string, unknown>>;
  artifacts: readonly Artifact[];
}

/** The job as this API shows it. */
export function statusOf(view: JobView, { outputs, artifacts }: Results, now: Date): Status {
  const subtasks = subtasksOf(view, outputs);
  const ids = subtaskIds(view);
  return {
    task_id: clientIdOf(view),
    job_id: view.job_id,
    status: currentWord(view),
    paused: view.status === 'paused',
    needs_review: view.status === 'needs_review',
    reason: reasonOf(view),
    subtasks,
    dependencies: Object.fromEntries(
      subtasks.map(({ subtask_id, dependencies }) => [subtask_id, dependencies]),
    ),
    artifacts: artifacts.map(({ artifact_id, name, media_type, size_bytes, sha256, task_id }) => ({
      ...{ artifact_id, name, media_type, size_bytes, sha256 },
      subtask_id: (task_id && ids.get(task_id)) || null,
    })),
    status_history: historyOf(view),
    metrics: metricsOf(view, now),
  };
}

/** Why a job has failed, or needs a person; null where neither is so. */
export const reasonOf = ({ error }: JobView): string | null => error?.message ?? null;

/** The current status of a job, in this API's word. */
export const currentWord = ({ status, tasks }: JobView): Status['status'] =>
  wordOf(
    status,
    tasks.some((task) => task.status === 'awaiting_approval'),
  );

/** The job's tasks in the order of its plan. */
export function subtasksOf(view: JobView, outputs: Results['outputs']): Subtask[] {
  const ids = subtaskIds(view);
  return view.tasks.map((task) => ({
    subtask_id: ids.get(task.task_id)!,
    title: task.title,
    agent: task.agent ?? task.place?.agent ?? 'any',
    state: STATES[task.status],
    reason: task.reason ?? task.error?.message ?? null,
    outputs: withBranch(view, task, outputs.get(task.task_id) ?? null),
    dependencies: task.depends_on.map((id) => ids.get(id)!),
    started_at: task.started_at,
    finished_at: task.finished_at,
    last_heartbeat_at: task.last_heartbeat_at,
  }));
}

/** What a task whose work has landed gave: where that work is, too. */
function withBranch(
  { repository }: JobView,
  { repository: work }: TaskView,
  outputs: Subtask['outputs'],
): Subtask['outputs'] {
  if (!repository || work?.merge !== 'landed') return outputs;
  const { branch, delivered } = repository;
  const pull_request = delivered?.pull_request ?? null;
  return {
    ...outputs,
    branch: delivered?.ref ?? branch,
    ...(pull_request === null ? {} : { pull_request }),
  };
}

/** This API's ids by task_id of the plan. */
export const subtaskIds = (view: JobView): Map<string, string> =>
  new Map(view.tasks.map((task, index) => [task.task_id, subtaskId(placeOf(task, index), clientIdOf(view))]));

/** A plan that was edited a moment ago has tasks whose place is not settled yet. */
const placeOf = ({ place, agent }: TaskView, index: number) =>
  place ?? { agent: agent ?? 'any', n: index + 1 };

/** The id a client of this API uses for a job: its own, or the job_id where the job was begun elsewhere. */
export const clientIdOf = ({ brokered, job_id }: JobView): string => brokered?.task_id ?? job_id;

function historyOf({ status_history = [] }: JobView): Status['status_history'] {
  const words = status_history.map(({ status, gate_waits, at }) => ({
    status: wordOf(status, gate_waits),
    at,
  }));
  return words.filter(({ status }, index) => status !== words[index - 1]?.status);
}

function metricsOf({ created_at, finished_at, brokered }: JobView, now: Date): Status['metrics'] {
  const end = finished_at === null ? now : new Date(finished_at);
  const due_at = brokered?.due_at ?? null;
  return {
    elapsed_seconds: Math.max(0, (end.getTime() - Date.parse(created_at)) / 1000),
    on_time: due_at === null ? null : end.getTime() <= Date.parse(due_at),
  };
}
