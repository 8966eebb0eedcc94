import { z } from 'zod';
import { ProblemError } from '../../contracts/error.ts';
import { Id } from '../../contracts/plan.ts';
import type { Api, Ctx } from '../access/caller.ts';
import { CONTENT_REQUEST_HEADERS, sendContent } from '../content.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { openCallback } from '../jobs/callbacks.ts';
import { BUNDLE_TYPE, findBundle, readChanges } from '../jobs/changes.ts';
import { checkTakesWork, pushBundle } from '../jobs/push-bundle.ts';
import { readView } from '../jobs/view.ts';
import { jobParams, taskParams } from './params.ts';

const Pushed = z
  .object({ task_id: z.string(), sha256: z.string(), size_bytes: z.int() })
  .meta({ id: 'PushedBundle' });
const Bytes = z.string().meta({ format: 'binary' });
const base = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true')
  .describe('true: the base with its history, where the repository is not to be reached from elsewhere');
const head_sha = z
  .string()
  .regex(/^[0-9a-f]{40}$/, 'the sha of a commit')
  .optional()
  .describe(
    'with task_id: the work of the task that has this head, of whichever attempt; left out: the latest. `task.committed` events name them',
  );
const BUNDLE_QUERY = {
  task_id: Id.optional().describe("this task's commits, from where it started"),
  head_sha,
  base,
};
const TOKEN = { token: z.string().regex(/^[\w-]{1,200}$/) };

/** Bundles of git: how people and agents on other machines get a repository job's commits, and hand in theirs */
export function bundleRoutes(api: Api, deps: ApiDeps): void {
  const get = {
    method: 'get',
    headers: CONTENT_REQUEST_HEADERS,
    answers: {
      200: { description: 'the bundle', media: { [BUNDLE_TYPE]: Bytes }, headers: { ETag: 'its SHA-256' } },
      206: {
        description: 'the range',
        media: { [BUNDLE_TYPE]: Bytes },
        headers: { 'Content-Range': 'which bytes' },
      },
      304: { description: 'it is what you have' },
    },
  } as const;
  const put = {
    method: 'put',
    body: Bytes,
    body_media: BUNDLE_TYPE,
    answers: { 200: { description: 'it was stored; it counts once the task is completed', schema: Pushed } },
  } as const;
  endpoint(
    api,
    {
      ...get,
      path: '/orchestrate/{job_id}/bundle',
      operation_id: 'readBundle',
      tag: 'Changes',
      summary:
        'The commits that landed in a repository job, those of a task, or its base, as a bundle of git',
      params: jobParams,
      query: BUNDLE_QUERY,
      errors: ['no_worker', 'temporal_unreachable', 'range_not_satisfiable'],
    },
    async (c, { params: { job_id }, query }) => {
      const changes = await readChanges(deps, c.get('sees'), job_id);
      return await sendContent(c, deps.store, await findBundle(deps, job_id, changes, query));
    },
  );
  endpoint(
    api,
    {
      ...put,
      path: '/orchestrate/{job_id}/task/{task_id}/bundle',
      operation_id: 'pushBundle',
      tag: 'Changes',
      summary: 'Hand in commits for a task of a repository job; the last ones count',
      description: 'The bundle has commits from what the task started from on. Then complete the task.',
      params: taskParams,
      errors: ['conflict', 'no_worker', 'temporal_unreachable'],
    },
    async (c, { params: { job_id, task_id } }) => {
      const attempt = checkTakesWork(await readView(deps, c.get('sees'), job_id), task_id);
      return c.json(await take(c, deps, { job_id, task_id, attempt, actor: c.get('actor') }));
    },
  );
  endpoint(
    api,
    {
      ...get,
      path: '/callbacks/{token}/bundle',
      operation_id: 'readAgentBundle',
      tag: 'Agents',
      summary:
        "For an agent with a brief: what landed in the job's repository, or its base, as a bundle of git",
      params: TOKEN,
      query: BUNDLE_QUERY,
      errors: ['gone', 'no_worker', 'temporal_unreachable', 'range_not_satisfiable', 'database_unreachable'],
    },
    async (c, { params: { token }, query }) => {
      const { job_id } = await openCallback(deps, token);
      const changes = await readChanges(deps, null, job_id);
      return await sendContent(c, deps.store, await findBundle(deps, job_id, changes, query));
    },
  );
  endpoint(
    api,
    {
      ...put,
      path: '/callbacks/{token}/bundle',
      operation_id: 'pushAgentBundle',
      tag: 'Agents',
      summary: 'For an agent with a brief: hand in its commits, before it answers',
      params: TOKEN,
      errors: ['conflict', 'gone', 'no_worker', 'temporal_unreachable', 'database_unreachable'],
    },
    async (c, { params: { token } }) => {
      const { job_id, task_id, attempt } = await openCallback(deps, token);
      checkTakesWork(await readView(deps, null, job_id), task_id);
      return c.json(await take(c, deps, { job_id, task_id, attempt, actor: 'agent' }));
    },
  );
}

async function take(c: Ctx, deps: ApiDeps, to: Parameters<typeof pushBundle>[1]) {
  const limit = deps.config.config.limits.artifact_bytes;
  if (Number(c.req.header('content-length') ?? 0) > limit) {
    throw new ProblemError({ code: 'too_large', message: `The bundle is larger than ${limit} bytes.` });
  }
  return await pushBundle(deps, to, c.req.raw.body, limit);
}
