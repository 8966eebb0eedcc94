import { z } from 'zod';
import { DiffStat } from '../../contracts/repository/view.ts';
import type { DiffRefs } from '../../contracts/repository/work.ts';
import { statText } from '../../core/repository/stat-text.ts';
import type { Api, Ctx } from '../access/caller.ts';
import { CONTENT_REQUEST_HEADERS, sendContent } from '../content.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { notFound } from '../errors.ts';
import { diffOf, readChanges, readStat } from '../jobs/changes.ts';
import { findText } from '../jobs/texts.ts';
import { jobParams, OtherId, taskParams } from './params.ts';

const PATCH_TYPE = 'text/x-diff; charset=utf-8';
const Format = z
  .enum(['patch', 'stat', 'json'])
  .default('patch')
  .describe('patch: unified; stat: as `git diff --stat` has it; json: the files');

/** What a repository job, or a task of it, changed */
export function changeRoutes(api: Api, deps: ApiDeps): void {
  const common = {
    method: 'get',
    tag: 'Changes',
    query: { format: Format },
    headers: CONTENT_REQUEST_HEADERS,
    answers: {
      200: {
        description: 'the diff',
        schema: DiffStat,
        media: { 'text/x-diff': z.string(), 'text/plain': z.string() },
      },
      206: {
        description: 'the range of the patch',
        media: { 'text/x-diff': z.string() },
        headers: { 'Content-Range': 'which bytes' },
      },
      304: { description: 'it is what you have' },
    },
    errors: ['no_worker', 'temporal_unreachable', 'range_not_satisfiable'],
  } as const;
  endpoint(
    api,
    {
      ...common,
      path: '/orchestrate/{job_id}/diff',
      operation_id: 'readDiff',
      summary: 'What has landed in the branch of a repository job, from its base on',
      params: jobParams,
    },
    async (c, { params: { job_id }, query: { format } }) => {
      const diff = diffOf(await readChanges(deps, c.get('sees'), job_id));
      return await answer(c, deps, diff, format, job_id);
    },
  );
  endpoint(
    api,
    {
      ...common,
      path: '/orchestrate/{job_id}/task/{task_id}/diff',
      operation_id: 'readTaskDiff',
      summary: 'What a task changed in the repository, from where it started',
      params: taskParams,
    },
    async (c, { params: { job_id, task_id }, query: { format } }) => {
      const diff = diffOf(await readChanges(deps, c.get('sees'), job_id), task_id);
      return await answer(c, deps, diff, format, `${job_id}-${task_id}`);
    },
  );
  const text = { description: 'the text', media: { 'text/plain': z.string() } };
  endpoint(
    api,
    {
      method: 'get',
      tag: 'Changes',
      path: '/orchestrate/{job_id}/texts/{sha256}',
      operation_id: 'readText',
      summary: 'What a check printed, or the places of a conflict: the `log_ref` or `hunks_ref` of an event',
      params: { ...jobParams, sha256: OtherId },
      headers: CONTENT_REQUEST_HEADERS,
      answers: {
        200: { ...text, headers: { ETag: 'its SHA-256' } },
        206: { ...text, description: 'the range', headers: { 'Content-Range': 'which bytes' } },
        304: { description: 'it is what you have' },
      },
      errors: ['no_worker', 'temporal_unreachable', 'range_not_satisfiable'],
    },
    async (c, { params: { job_id, sha256 } }) =>
      await sendContent(c, deps.store, await findText(deps, c.get('sees'), job_id, sha256)),
  );
}

async function answer(
  c: Ctx,
  deps: ApiDeps,
  diff: DiffRefs,
  format: z.infer<typeof Format>,
  name: string,
): Promise<Response> {
  if (format === 'json') return c.json(await readStat(deps, diff));
  if (format === 'stat') {
    c.header('X-Content-Type-Options', 'nosniff');
    return c.text(statText(await readStat(deps, diff)));
  }
  const { size_bytes } =
    (await deps.store.statContent(diff.patch_ref)) ?? notFound('stored content of this diff');
  const patch = { name: `${name}.patch`, media_type: PATCH_TYPE, sha256: diff.patch_ref, size_bytes };
  return await sendContent(c, deps.store, patch);
}
