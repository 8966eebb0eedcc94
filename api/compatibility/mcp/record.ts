import type { Artifact } from '../../../contracts/artifact.ts';
import type { JobListItem, JobView } from '../../../contracts/view.ts';
import type { Operation } from '../../../store/index.ts';
import { notFound } from '../../errors.ts';
import { readArtifacts, readOutcome, readResults } from '../../jobs/results.ts';
import { readView } from '../../jobs/view.ts';
import type { RequestContext } from './session.ts';
import { STATUS_WORDS, type TaskWord } from './words.ts';

/** A task as this API shows it. */
export interface TaskRecord {
  id: string;
  workerId: string | null;
  message: string;
  status: TaskWord;
  startedAt: string;
  finishedAt: string | null;
  durationMs: number;
  responseText: string | null;
  error: string | null;
  report: Record<string, unknown> | null;
}

/** A line of a list of tasks. */
export type TaskLine = Pick<
  TaskRecord,
  'id' | 'workerId' | 'message' | 'status' | 'startedAt' | 'finishedAt'
> & {
  kind: string;
};

/** Ids of operations begin so; all others are jobs. */
export const OPERATION_PREFIX = 'op-';

/** A task with its result, or as far as it is. Throws `not_found`. */
export async function readRecord(ctx: RequestContext, id: string): Promise<TaskRecord> {
  if (id.startsWith(OPERATION_PREFIX)) return operationRecord(await findOperation(ctx, id));
  const { deps, caller } = ctx;
  const view = await readView(deps, caller.sees, id);
  const [results, artifacts] = await Promise.all([
    readResults(deps, caller.sees, id),
    readArtifacts(deps, caller.sees, id),
  ]);
  const status = STATUS_WORDS[view.status];
  const responseText = status === 'running' ? null : await readOutcome(deps, view, results, artifacts);
  const end = view.finished_at ?? new Date().toISOString();
  return {
    id,
    workerId: workerOf(view),
    message: results.description,
    status,
    startedAt: view.created_at,
    finishedAt: view.finished_at,
    durationMs: Math.max(0, Date.parse(end) - Date.parse(view.created_at)),
    responseText,
    error: view.error === null || status === 'succeeded' ? null : view.error.message,
    report: reportOf(view, artifacts),
  };
}

/** An operation of the caller. Throws `not_found`. */
export async function findOperation({ deps, caller }: RequestContext, id: string): Promise<Operation> {
  return (await deps.store.readOperation(caller.owner, id)) ?? notFound(`task '${id}'`);
}

/** An operation as a task that is done. */
export function operationRecord(operation: Operation): TaskRecord {
  const { operation_id, name, message, answer, error, created_at, finished_at } = operation;
  return {
    id: operation_id,
    workerId: null,
    message,
    status: error === null ? 'succeeded' : 'failed',
    startedAt: created_at,
    finishedAt: finished_at,
    durationMs: Math.max(0, Date.parse(finished_at) - Date.parse(created_at)),
    responseText: answer,
    error,
    report: { kind: 'op', op: name },
  };
}

/** A job as a line of a list. */
export const jobLine = (job: JobListItem): TaskLine => ({
  id: job.job_id,
  kind: job.origin?.kind ?? 'auto',
  workerId: job.origin?.worker ?? null,
  message: job.title,
  status: STATUS_WORDS[job.status],
  startedAt: job.created_at,
  finishedAt: job.finished_at,
});

/** An operation as a line of a list. */
export const operationLine = (operation: Operation): TaskLine => {
  const { id, workerId, message, status, startedAt, finishedAt } = operationRecord(operation);
  return { id, kind: 'op', workerId, message, status, startedAt, finishedAt };
};

/** Where the content of an artifact can be read over MCP. */
export const artifactUri = (job_id: string, artifact_id: string): string =>
  `orchestrator://tasks/${job_id}/artifacts/${artifact_id}`;

/** Who works on it, where that is one agent. */
function workerOf({ origin, tasks }: JobView): string | null {
  if (origin?.worker) return origin.worker;
  return tasks.length === 1 ? tasks[0]!.agent : null;
}

function reportOf(view: JobView, artifacts: readonly Artifact[]): Record<string, unknown> {
  const { origin, tasks, criteria, budget, partial, warnings, status, repository } = view;
  return {
    kind: origin?.kind ?? 'auto',
    ...(origin?.workflow ? { workflowId: origin.workflow } : {}),
    ...(origin?.continues ? { continues: origin.continues } : {}),
    state: status,
    ...(repository ? { repository: inRepository(repository) } : {}),
    steps: tasks.map(({ task_id, title, agent, status: taskStatus, error }) => ({
      stepId: task_id,
      title,
      workerId: agent,
      status: taskStatus,
      ...(error ? { error: error.message } : {}),
    })),
    ...(criteria.length > 0
      ? { criteria: criteria.map(({ text, verdict, evidence }) => ({ text, verdict, evidence })) }
      : {}),
    artifacts: artifacts.map(({ artifact_id, name, media_type, size_bytes }) => ({
      name,
      mediaType: media_type,
      bytes: size_bytes,
      uri: artifactUri(view.job_id, artifact_id),
    })),
    costUsd: budget.spent_usd,
    ...(partial ? { partial } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

function inRepository(repository: NonNullable<JobView['repository']>): Record<string, unknown> {
  const { url, base_branch, base_sha, branch, head_sha, landed, delivered, check } = repository;
  return {
    url,
    baseBranch: base_branch,
    baseSha: base_sha,
    branch: delivered?.ref ?? branch,
    headSha: head_sha,
    landed,
    check: check.status,
    pullRequest: delivered?.pull_request ?? null,
  };
}
