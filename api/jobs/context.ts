import { z } from 'zod';
import { Artifact } from '../../contracts/artifact.ts';
import { Task } from '../../contracts/plan.ts';
import { TaskStatus } from '../../contracts/status.ts';
import type { ArchivedJob } from '../../store/index.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { readJob } from './find-job.ts';

/** What a task was given. */
export const TaskContext = z
  .object({
    job: z
      .object({
        title: z.string(),
        description: z.string(),
        constraints: z.array(z.string()),
        context: z.unknown().optional(),
      })
      .optional()
      .describe('what was submitted; left out once the job has closed'),
    task: Task,
    dependencies: z.array(
      z.object({
        task_id: z.string(),
        title: z.string(),
        status: TaskStatus,
        output: z.string().nullable().describe('of a closed job: its beginning'),
        outputs: z.record(z.string(), z.unknown()).nullable(),
        artifacts: z.array(Artifact),
      }),
    ),
  })
  .meta({ id: 'TaskContext' });
export type TaskContext = z.infer<typeof TaskContext>;

/** The task and the results of those that it depends on. Throws `not_found` for the job or the task. */
export async function readContext(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
  task_id: string,
): Promise<TaskContext> {
  const found = await readJob<TaskContext | null>(deps, sees, job_id, {
    live: () => liveContext(deps, job_id, task_id),
    archive: (job) => archivedContext(deps, job, task_id),
  });
  return found ?? notFound(`task '${task_id}' in this job`);
}

async function liveContext(deps: ApiDeps, job_id: string, task_id: string): Promise<TaskContext | null> {
  const input = await deps.gateway.queryJob(job_id, 'task_input', { task_id });
  if (input === null) return null;
  const dependencies = input.dependencies.map(async ({ output, ...rest }) => {
    const read = output === null ? null : await deps.store.readOutput(output);
    return { ...rest, output: read?.text ?? null, outputs: read?.data ?? null };
  });
  return { job: input.job, task: input.task, dependencies: await Promise.all(dependencies) };
}

async function archivedContext(
  { store }: ApiDeps,
  { view, plans, artifacts }: ArchivedJob,
  task_id: string,
): Promise<TaskContext | null> {
  const kept = plans.at(-1);
  const plan = kept && (await store.wholePlan(kept));
  const task = plan?.tasks.find((one) => one.task_id === task_id);
  if (task === undefined) return null;
  const dependencies = view.tasks
    .filter((one) => task.depends_on.includes(one.task_id))
    .map((one) => ({
      task_id: one.task_id,
      title: one.title,
      status: one.status,
      output: one.output_preview,
      outputs: one.outputs,
      artifacts: artifacts.filter((artifact) => artifact.task_id === one.task_id),
    }));
  return { task, dependencies };
}
