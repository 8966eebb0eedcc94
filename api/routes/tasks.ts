import { z } from 'zod';
import { CommandAnswer, CompleteBody, NoteBody, RejectBody, RetryBody } from '../../contracts/command.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { command } from '../jobs/command.ts';
import { findJob, jobOwner } from '../jobs/find-job.ts';
import { currentSnapshot } from '../jobs/snapshot.ts';
import { COMMAND_ERRORS } from './commands.ts';
import { IDEMPOTENCY_HEADER, taskParams } from './params.ts';

const RetryAnswer = z
  .object({ status: z.literal('retrying'), task_id: z.string(), retry_count: z.int() })
  .meta({ id: 'RetryAnswer' });

/** `POST /orchestrate/{job_id}/task/{task_id}/retry` and what else an operator decides about a task */
export function taskRoutes(api: Api, deps: ApiDeps): void {
  const common = {
    method: 'post',
    tag: 'Tasks',
    params: taskParams,
    body_limit: deps.config.config.limits.body_bytes,
    headers: IDEMPOTENCY_HEADER,
    errors: COMMAND_ERRORS,
  } as const;
  const path = (part: string) => `/orchestrate/{job_id}/task/{task_id}/${part}`;
  const answers = { 200: { description: 'applied', schema: CommandAnswer } };

  endpoint(
    api,
    {
      ...common,
      path: path('retry'),
      operation_id: 'retryTask',
      summary: 'Try a failed or blocked task again, with all that was skipped because of it',
      body: RetryBody,
      answers: { 200: { description: 'trying again', schema: RetryAnswer } },
    },
    async (c, { params: { job_id, task_id }, body }) => {
      if (body.agent !== undefined) {
        await knownAgent(deps, await jobOwner(deps, c.get('sees'), job_id), body.agent);
      }
      const { retry_count } = await command(deps, c, job_id, 'retry_task', { ...body, task_id });
      return c.json({ status: 'retrying' as const, task_id, retry_count: retry_count ?? 0 });
    },
  );
  endpoint(
    api,
    {
      ...common,
      path: path('complete'),
      operation_id: 'completeTask',
      summary: 'Supply the output of a task by hand: one for a person, or one that is blocked or failed',
      body: CompleteBody,
      answers,
    },
    async (c, { params: { job_id, task_id }, body }) => {
      // nothing is stored for a job that is somebody else's or has ended
      const closed = await findJob(deps, c.get('sees'), job_id);
      const { output: text, outputs: data = null } = body;
      const result = closed ? undefined : await deps.store.toOutput({ job_id, text, data });
      return c.json(
        await command(
          deps,
          c,
          job_id,
          'complete_task',
          { task_id, output: '', result },
          { ...body, task_id },
        ),
      );
    },
  );
  const simple = [
    ['skip', 'skip_task', RejectBody, 'Continue without the task: its dependents run'],
    ['approve', 'approve_task', NoteBody, "Open the task's gate"],
    ['reject', 'reject_task', RejectBody, "Close the task's gate: it and its dependents are skipped"],
  ] as const;
  for (const [part, name, body, summary] of simple) {
    endpoint(
      api,
      {
        ...common,
        path: path(part),
        operation_id: `${part}Task`,
        summary,
        body: body as z.ZodType<Record<string, string | undefined>>,
        answers,
      },
      async (c, { params: { job_id, task_id }, body: args }) =>
        c.json(await command(deps, c, job_id, name, { ...args, task_id })),
    );
  }
}

/** Throws `validation` for an agent that nobody knows. */
async function knownAgent(deps: ApiDeps, owner: string, name: string): Promise<void> {
  const names = (await currentSnapshot(deps, owner)).agents.map((agent) => agent.name);
  if (names.includes(name)) return;
  const issue = `no agent is called '${name}'; there are: ${names.join(', ')}`;
  throw new ProblemError({
    code: 'validation',
    message: 'The agent is not known.',
    fields: [{ path: 'agent', issue }],
  });
}
