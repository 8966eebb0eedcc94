import type { Artifact } from '../../contracts/artifact.ts';
import type { ToolAnswer } from '../../contracts/tool.ts';
import { readReport } from '../../store/content/report.ts';
import type { ArchivedJob } from '../../store/index.ts';
import type { ActivityDeps } from '../deps.ts';
import { PLAN_TASKS } from '../tools/policy.ts';
import { capResult } from '../tools/result.ts';
import type { DelegatedCall } from '../types.ts';
import { changesTold, keptWork } from './delegated-changes.ts';

/** Gives an agent the result of the job it delegated to. That job's artifacts become artifacts of the agent's task. */
export async function readDelegated(
  { store, config, mask }: ActivityDeps,
  { job_id, task_id, tool_use_id, delegated_job_id, brought }: DelegatedCall,
): Promise<ToolAnswer> {
  const job = await store.readArchived(delegated_job_id);
  if (!job) {
    if (!(await store.deletedAmong([delegated_job_id])).has(delegated_job_id))
      throw new Error(`job ${delegated_job_id} has closed and is not in the archive`);
    const text = `planId: ${delegated_job_id}\nIt was deleted, with all that it had done.`;
    return { tool_use_id, text, bytes: text.length, content_ref: null, is_error: true, artifacts: [] };
  }
  const artifacts: Artifact[] = [];
  for (const { name, media_type, sha256, task_id: by } of job.artifacts) {
    const source = await store.openContent(sha256);
    const taken = { job_id, task_id, name: `${by ?? 'whole'}/${name}`, media_type, source };
    artifacts.push(await store.artifactOf(taken));
  }
  const { status } = job.view;
  const inRepository = brought && {
    changes: await changesTold({ store }, job, brought),
    kept: await keptWork({ store }, job),
  };
  const is_error = status !== 'completed' || brought?.status === 'conflict' || brought?.status === 'failed';
  const answer = await capResult(
    { store, tools: config.tools, mask },
    { job_id, task_id, call_id: tool_use_id, tool: PLAN_TASKS },
    { text: await tell({ store }, job, inRepository), artifacts, is_error },
  );
  const { sha256 } = await store.putContent({ job_id, source: answer.text });
  const bytes = Buffer.byteLength(answer.text);
  return {
    tool_use_id,
    text: null,
    bytes,
    content_ref: sha256,
    is_error: answer.is_error,
    artifacts: answer.artifacts,
  };
}

async function tell(
  { store }: Pick<ActivityDeps, 'store'>,
  { view, artifacts }: ArchivedJob,
  { changes, kept }: { changes: string[]; kept: Map<string, string> } = NO_REPOSITORY,
): Promise<string> {
  const { job_id, status, error, tasks, partial, criteria } = view;
  const result = (await readReport(store, view, artifacts)) ?? '';
  const undone = tasks.filter((task) => task.status !== 'completed');
  const open = criteria.filter(({ verdict }) => verdict !== 'met');
  return [
    `planId: ${job_id}`,
    `status: ${status}${partial ? ', in part' : ''}${error ? ` (${error.message})` : ''}`,
    ...undone.map(({ task_id, title, error }) =>
      [`not done: ${title}${error ? ` (${error.message})` : ''}`, kept.get(task_id)]
        .filter(Boolean)
        .join('; '),
    ),
    ...changes,
    ...open.map(({ text, verdict }) => `${verdict}: ${text}`),
    ...(artifacts.length > 0 ? ['Its artifacts are yours now; read_artifact reads them.'] : []),
    '',
    result,
  ].join('\n');
}

const NO_REPOSITORY = { changes: [], kept: new Map<string, string>() };
