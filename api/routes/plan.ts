import { CommandAnswer } from '../../contracts/command.ts';
import { type FieldIssue, ProblemError } from '../../contracts/error.ts';
import { Plan, PlanChange, PlanInput } from '../../contracts/plan.ts';
import type { JobStatus } from '../../contracts/status.ts';
import { planChangeIssues } from '../../core/plan/change.ts';
import { withReferredChange, withReferredTasks } from '../../core/plan/referring.ts';
import { givenPlanIssues } from '../../core/submission/submission.ts';
import type { Api, Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { notFound } from '../errors.ts';
import { command } from '../jobs/command.ts';
import { jobOwner } from '../jobs/find-job.ts';
import { planChecked, readPlan } from '../jobs/plan.ts';
import { currentSnapshot } from '../jobs/snapshot.ts';
import { readView } from '../jobs/view.ts';
import { count } from '../request/query.ts';
import { commandRoute } from './commands.ts';
import { jobParams } from './params.ts';

/** `GET`, `PUT` and `PATCH /orchestrate/{job_id}/plan` */
export function planRoutes(api: Api, deps: ApiDeps): void {
  const replace = commandRoute(deps, 'replace_plan');
  const change = commandRoute(deps, 'change_plan');
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
      ...replace,
      params: jobParams,
      body: PlanInput,
      headers: {
        'If-Match': 'the version that was edited; 409 if there is a newer one',
        ...replace.headers,
      },
      answers: { 200: { description: 'the new version stands', schema: CommandAnswer } },
    },
    async (c, { params, body }) => {
      const version = ifMatch(c.req.header('if-match'));
      const before = await readPlan(deps, c.get('sees'), params.job_id);
      const referring = withReferredTasks(body.tasks);
      const plan = { ...body, tasks: referring.tasks };
      const issues = givenPlanIssues(
        plan,
        before?.acceptance_criteria ?? [],
        await currentSnapshot(deps, await jobOwner(deps, c.get('sees'), params.job_id)),
      );
      issues.push(...referring.issues);
      if (issues.length > 0) {
        throw new ProblemError({ code: 'validation', message: 'The plan is not valid.', fields: issues });
      }
      const asked = { plan: body, version };
      const answer = await command(deps, c, params.job_id, 'replace_plan', { plan, version }, asked);
      await planChecked(deps, params.job_id);
      return c.json(answer);
    },
  );
  endpoint(
    api,
    {
      ...change,
      params: jobParams,
      body: PlanChange,
      headers: {
        'If-Match': 'the version to change; 409 if there is a newer one',
        ...change.headers,
      },
      answers: {
        200: {
          description: 'the new version stands; with `approval: every_version` it waits for approval',
          schema: CommandAnswer,
        },
      },
    },
    async (c, { params, body }) => {
      const version = ifMatch(c.req.header('if-match'));
      const { change, issues } = await checkedChange(deps, c.get('sees'), params.job_id, body);
      if (issues.length > 0) {
        throw new ProblemError({
          code: 'validation',
          message: 'The plan cannot be changed like that; it is unchanged.',
          fields: issues,
        });
      }
      const answer = await command(
        deps,
        c,
        params.job_id,
        'change_plan',
        { ...change, version },
        { ...body, version },
      );
      await planChecked(deps, params.job_id);
      return c.json(answer);
    },
  );
}

/**
 * A change whose tasks depend on what they refer to, and what is wrong with it, by its fields. A job that takes none any
 * more, or has no plan yet, says so itself.
 */
async function checkedChange(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
  asked: PlanChange,
): Promise<{ change: PlanChange; issues: FieldIssue[] }> {
  const [plan, view] = await Promise.all([readPlan(deps, sees, job_id), readView(deps, sees, job_id)]);
  if (plan === null || !CHANGEABLE.includes(view.status)) return { change: asked, issues: [] };
  const roster = await currentSnapshot(deps, await jobOwner(deps, sees, job_id));
  const { change, issues } = withReferredChange(plan.tasks, asked);
  const others = planChangeIssues(plan, change, {
    max_tasks: roster.limits.max_tasks,
    progress: (id) => view.tasks.find(({ task_id }) => task_id === id),
    roster,
    attended: true,
  });
  return { change, issues: [...issues, ...others] };
}

const CHANGEABLE: readonly JobStatus[] = ['awaiting_approval', 'running', 'paused', 'needs_review'];

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
