import { ProblemError } from '../../../contracts/error.ts';
import type { JobView } from '../../../contracts/view.ts';
import type { Api, Ctx } from '../../access/caller.ts';
import { Failure } from '../../agents/failure.ts';
import type { ApiDeps } from '../../deps.ts';
import { endpoint } from '../../endpoint.ts';
import { RETRY_AFTER_SECONDS } from '../../errors.ts';
import { currentSnapshot } from '../../jobs/snapshot.ts';
import { submitJob } from '../../jobs/submit.ts';
import { readLiveView, readView } from '../../jobs/view.ts';
import { waitForJob } from '../../jobs/wait.ts';
import { idempotencyKey } from '../../request/ids.ts';
import { bodyHash } from '../../request/json.ts';
import { preferredWait } from '../../request/prefer.ts';
import { COMMAND_ERRORS } from '../../routes/commands.ts';
import { IDEMPOTENCY_HEADER } from '../../routes/params.ts';
import { execute, isUntaken, whenTaken } from './execute.ts';
import { findTask, resultsOf } from './find.ts';
import { differences, hashesOf, jobIdOf, remarksOn, toSpec } from './request.ts';
import { ClientTaskId, Executed, Execution, FailureWithStatus, Planned, Request, Status } from './shapes.ts';
import { clientIdOf, currentWord, reasonOf, statusOf, subtasksOf } from './status.ts';

export { withFields } from './errors.ts';

/** How long a plan is waited for, in seconds. */
const PLAN_SECONDS = 180;

const tag = 'Agent brokerage';
const params = { task_id: ClientTaskId };
const WAIT = { Prefer: '`wait=N`: seconds to wait for the plan, 0 to 180; 180 without' };

/** `POST /orchestrate`, `POST /execute/{task_id}`, `GET /tasks/{task_id}` */
export function brokerageRoutes(api: Api, deps: ApiDeps): void {
  const { repositories, limits } = deps.config.config;
  const { body_bytes } = limits;
  endpoint(
    api,
    {
      method: 'post',
      path: '/orchestrate',
      operation_id: 'brokerPlan',
      tag,
      summary: 'Have a task planned; the same task_id again returns the same plan',
      body: Request,
      body_limit: body_bytes,
      headers: { ...IDEMPOTENCY_HEADER, ...WAIT },
      answers: { 200: { description: 'the plan, to be executed', schema: Planned } },
      errors: [
        ...(['idempotency_conflict', 'gone', 'temporal_unreachable', 'no_worker'] as const),
        ...(['plan_pending', 'rate_limited', 'not_found'] as const),
      ],
      error_schema: Failure,
    },
    async (c, { body }) => {
      const owner = c.get('owner');
      const key = idempotencyKey(c.req.header('idempotency-key'));
      const spec = toSpec(body, await currentSnapshot(deps, owner), repositories);
      if (key !== undefined) await deps.store.useRequestKey({ owner, key, body_hash: bodyHash(body) });
      const hashes = hashesOf(body);
      const different: string[] = [];
      const { answer } = await submitJob(deps, {
        ...{ owner, actor: c.get('actor'), role: c.get('role'), key, spec, body_hash: hashes },
        job_id: jobIdOf(owner, body.task_id),
        wait_seconds: preferredWait(c.req.header('prefer'), PLAN_SECONDS),
        checkBefore: (before) => different.push(...differences(before, hashes)),
      });
      if (answer.status === 'planning') planPending();
      const view = await readView(deps, c.get('sees'), answer.job_id);
      const differs = [...new Set(different)].map(
        (field) => `${field} differs from what was first submitted under this task_id, which still applies`,
      );
      const { task_id } = body;
      const { outputs } = await resultsOf(deps, c, view);
      return c.json({
        ...{ task_id, job_id: answer.job_id, status: currentWord(view), reason: reasonOf(view) },
        subtasks: subtasksOf(view, outputs),
        warnings: [...differs, ...remarksOn(body, repositories), ...answer.warnings],
      });
    },
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/execute/{task_id}',
      operation_id: 'brokerExecute',
      tag,
      summary: 'Start or continue: approves the plan, ends a pause, opens the gates that are waiting',
      params,
      body: Execution,
      body_limit: body_bytes,
      headers: { ...IDEMPOTENCY_HEADER, ...WAIT },
      answers: { 200: { description: 'it runs, or has run', schema: Executed } },
      errors: [...COMMAND_ERRORS, 'agent_unavailable', 'plan_pending', 'gone'],
      error_schema: FailureWithStatus,
    },
    async (c, { params: { task_id }, body }) => {
      const seconds = preferredWait(c.req.header('prefer'), PLAN_SECONDS);
      const planned = await plannedView(deps, c, task_id, seconds);
      await execute(deps, c, planned, body);
      const view = await whenTaken(deps, c, planned.job_id);
      if (!isUntaken(view)) return c.json({ task_id: clientIdOf(view), status: currentWord(view) });
      const message = 'No agent is available for a task that could run. It continues when one is.';
      const status = statusOf(view, await resultsOf(deps, c, view), new Date());
      c.header('Retry-After', String(RETRY_AFTER_SECONDS));
      return c.json({ error: { code: 'agent_unavailable', message, fields: [] }, ...status }, 503);
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/tasks/{task_id}',
      operation_id: 'brokerStatus',
      tag,
      summary: 'How it stands',
      params,
      answers: { 200: { description: 'the task and its subtasks', schema: Status } },
      errors: ['no_worker', 'temporal_unreachable'],
      error_schema: Failure,
    },
    async (c, { params: { task_id } }) => {
      const { job_id } = await findTask(deps, c, task_id);
      const view = await readLiveView(deps, c.get('sees'), job_id);
      return c.json(statusOf(view, await resultsOf(deps, c, view), new Date()));
    },
  );
}

/** The job once it is planned. Throws `not_found`, and `plan_pending` when that takes longer. */
async function plannedView(deps: ApiDeps, c: Ctx, task_id: string, seconds: number): Promise<JobView> {
  const first = await findTask(deps, c, task_id);
  if (first.status !== 'planning') return first;
  const planned = ({ status }: JobView) => status !== 'planning';
  const view = await waitForJob(deps, c.get('sees'), first.job_id, seconds * 1000, planned);
  return view && planned(view) ? view : planPending();
}

function planPending(): never {
  throw new ProblemError({
    code: 'plan_pending',
    message: 'The task is still being planned. Send the same request again to keep waiting.',
  });
}
