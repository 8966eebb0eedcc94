import { CommandAnswer } from '../../contracts/command.ts';
import { ProblemError } from '../../contracts/error.ts';
import { Plan, PlanInput } from '../../contracts/plan.ts';
import { givenPlanIssues } from '../../core/submission.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, endpoint } from '../endpoint.ts';
import { notFound } from '../errors.ts';
import { command } from '../jobs/command.ts';
import { jobOwner } from '../jobs/find-job.ts';
import { planChecked, readPlan } from '../jobs/plan.ts';
import { currentSnapshot } from '../jobs/snapshot.ts';
import { count, IDEMPOTENCY_HEADER, jobParams } from './params.ts';

/** `GET` and `PUT /orchestrate/{job_id}/plan` */
export function planRoutes(api: Api, deps: ApiDeps): void {
  const { config } = deps.config;
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/{job_id}/plan',
      operation_id: 'readPlan',
      tag: 'Plans',
      summary: 'The plan, the latest version unless another is asked for',
      params: jobParams,
      query: { version: count(1, 1_000_000).optional() },
      answers: { 200: { description: 'the plan', schema: Plan, headers: { ETag: 'its version' } } },
      errors: ['no_worker', 'temporal_unreachable'],
    },
    async (c, { params, query }) => {
      const plan = await readPlan(deps, c.get('sees'), params.job_id, query.version);
      if (plan === null) {
        notFound(query.version === undefined ? 'plan yet' : `version ${query.version} of the plan`);
      }
      c.header('ETag', `"${plan.version}"`);
      return c.json(plan);
    },
  );
  endpoint(
    api,
    {
      method: 'put',
      path: '/orchestrate/{job_id}/plan',
      operation_id: 'replacePlan',
      tag: 'Plans',
      summary: 'Replace the proposed plan by an edited one: the next version',
      params: jobParams,
      body: PlanInput,
      body_limit: config.limits.body_bytes,
      headers: {
        'If-Match': 'the version that was edited; 409 when there is a newer one',
        ...IDEMPOTENCY_HEADER,
      },
      answers: { 200: { description: 'the new version stands', schema: CommandAnswer } },
      errors: ['conflict', 'stale_version', 'idempotency_conflict', 'no_worker', 'temporal_unreachable'],
    },
    async (c, { params, body }) => {
      const version = ifMatch(c.req.header('if-match'));
      const before = await readPlan(deps, c.get('sees'), params.job_id);
      const issues = givenPlanIssues(
        body,
        before?.acceptance_criteria ?? [],
        await currentSnapshot(deps, await jobOwner(deps, c.get('sees'), params.job_id)),
      );
      if (issues.length > 0) {
        throw new ProblemError({ code: 'validation', message: 'The plan is not valid.', fields: issues });
      }
      const answer = await command(deps, c, params.job_id, 'replace_plan', { plan: body, version });
      await planChecked(deps, params.job_id);
      return c.json(answer);
    },
  );
}

/** The version of `If-Match: 3` or `"3"`; undefined for `*` or without the header. */
function ifMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const version = /^\s*(?:W\/)?"?(\d{1,9})"?\s*$/.exec(header)?.[1];
  if (version !== undefined && Number(version) > 0) return Number(version);
  throw new ProblemError({
    code: 'validation',
    message: 'If-Match is not valid.',
    fields: [{ path: 'If-Match', issue: 'give the version of the plan that was edited, for instance 2' }],
  });
}
