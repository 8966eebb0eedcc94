import { z } from 'zod';
import { Id } from '../../../contracts/plan.ts';
import type { Api } from '../../access/caller.ts';
import { databaseAnswers } from '../../database-answers.ts';
import type { ApiDeps } from '../../deps.ts';
import { endpoint } from '../../endpoint.ts';
import { RETRY_AFTER_SECONDS } from '../../errors.ts';
import { submitJob } from '../../jobs/submit.ts';
import { idempotencyKey } from '../../request/ids.ts';
import { bodyHash } from '../../request/json.ts';
import { count } from '../../request/query.ts';
import { IDEMPOTENCY_HEADER } from '../../routes/params.ts';
import { listPlans, readPlanAnswer } from './read.ts';
import { PlanRequest, planSpec } from './start.ts';
import { PlanAnswer, PlanItem } from './view.ts';
import { PlanStatus } from './words.ts';

const Started = z.object({ planId: Id }).meta({ id: 'ChatPlanStarted' });
const Plans = z.object({ plans: z.array(PlanItem) }).meta({ id: 'ChatPlans' });
const Health = z.object({ ok: z.boolean(), ts: z.iso.datetime() }).meta({ id: 'ChatPlanHealth' });

/** Chat-side plans, `/v1/orchestrate`: a job per plan, in words of its own. */
export function chatPlanRoutes(api: Api, deps: ApiDeps): void {
  const tag = 'Chat-side plans';
  const errors = ['no_worker', 'temporal_unreachable'] as const;
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/orchestrate',
      operation_id: 'startChatPlan',
      tag,
      summary: 'Plan a task and carry it out; the answer comes at once',
      description: 'Unknown fields are ignored.',
      body: PlanRequest,
      body_limit: deps.config.config.limits.body_bytes,
      headers: IDEMPOTENCY_HEADER,
      answers: {
        202: { description: 'it is being planned', schema: Started },
        200: { description: 'the plan that this key started earlier', schema: Started },
      },
      errors: ['idempotency_conflict', 'gone', 'temporal_unreachable'],
    },
    async (c, { body }) => {
      const { answer, repeated } = await submitJob(deps, {
        owner: c.get('owner'),
        actor: c.get('actor'),
        role: c.get('role'),
        key: idempotencyKey(c.req.header('idempotency-key')),
        spec: await planSpec(deps, c.get('sees'), body),
        body_hash: bodyHash(body),
        wait_seconds: 0,
      });
      return c.json({ planId: answer.job_id }, repeated ? 200 : 202);
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/orchestrate/plans',
      operation_id: 'listChatPlans',
      tag,
      summary: 'The plans that you started here, newest first',
      query: { status: PlanStatus.optional(), limit: count(1, 500).default(20) },
      answers: { 200: { description: 'the plans', schema: Plans } },
      errors: ['temporal_unreachable'],
    },
    async (c, { query: { status, limit } }) =>
      c.json({ plans: await listPlans(deps, { owner: c.get('owner'), status, limit }) }),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/orchestrate/{planId}',
      operation_id: 'readChatPlan',
      tag,
      summary: 'A plan and its subtasks',
      params: { planId: Id.meta({ description: 'the plan' }) },
      answers: { 200: { description: 'the plan', schema: PlanAnswer } },
      errors,
    },
    async (c, { params: { planId } }) => c.json(await readPlanAnswer(deps, c.get('sees'), planId)),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/healthz',
      operation_id: 'chatPlanHealth',
      tag,
      summary: 'Whether plans can be started and read: the database and Temporal',
      answers: {
        200: { description: 'they can', schema: Health },
        503: { description: 'a store is down', schema: Health, headers: { 'Retry-After': 'seconds' } },
      },
    },
    async (c) => {
      const [database, { temporal }] = await Promise.all([
        databaseAnswers(deps.store),
        deps.gateway.health(),
      ]);
      const ok = database && temporal;
      if (!ok) c.header('Retry-After', String(RETRY_AFTER_SECONDS));
      return c.json({ ok, ts: new Date().toISOString() }, ok ? 200 : 503);
    },
  );
}
