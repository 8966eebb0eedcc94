import { z } from 'zod';
import {
  DeliveryStatus,
  RotateSecretBody,
  WebhookDelivery,
  WebhookPayload,
  WebhookSecret,
  WebhookTestBody,
  WebhookTested,
} from '../../contracts/webhook.ts';
import type { OwnerSecrets } from '../../store/index.ts';
import type { Api } from '../access/caller.ts';
import { checkSigningSecret } from '../access/secret-rights.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { notFound } from '../errors.ts';
import { decodeDeliveryCursor, encodeDeliveryCursor } from '../jobs/cursor.ts';
import { findJob } from '../jobs/find-job.ts';
import { count } from '../request/query.ts';
import { createWebhookTests } from '../webhook-tests.ts';
import { jobParams, OtherId } from './params.ts';

const DeliveryList = z
  .object({
    deliveries: z.array(WebhookDelivery),
    next_cursor: z.string().nullable().describe('null: no more'),
  })
  .meta({ id: 'WebhookDeliveryList' });

const tag = 'Webhooks';

/** What is sent to addresses outside: the log of a job, sending again, trying an address, the secret. */
export function webhookRoutes(api: Api, deps: ApiDeps): void {
  const runTest = createWebhookTests();
  describeWebhook(api);
  jobRoutes(api, deps);
  endpoint(
    api,
    {
      method: 'post',
      path: '/webhooks/test',
      operation_id: 'testWebhook',
      tag,
      summary: 'Send a test to an address, signed as events are, and report the result',
      description: "At most two at once per owner; it ends after 5 s. `secret` needs an admin's key.",
      body: WebhookTestBody,
      body_limit: deps.config.config.limits.body_bytes,
      answers: { 200: { description: 'the result, good or bad', schema: WebhookTested } },
      errors: ['no_worker', 'temporal_unreachable'],
    },
    async (c, { body }) => {
      const owner = c.get('owner');
      checkSigningSecret(body.secret, c.get('role'), 'secret');
      return c.json(await runTest(owner, () => deps.gateway.testWebhook({ ...body, owner })));
    },
  );
  secretRoutes(api, deps);
}

function secretRoutes(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/webhooks/secret',
      operation_id: 'readWebhookSecret',
      tag,
      summary: 'The secret that signs your webhooks without one of their own',
      description: 'Made when it is first needed, one per owner. Give it to whoever receives them.',
      answers: { 200: { description: 'the secret', schema: WebhookSecret } },
    },
    async (c) => {
      const owner = c.get('owner');
      c.header('Cache-Control', 'no-store');
      return c.json(viewOf(owner, await deps.store.webhookSecrets(owner)));
    },
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/webhooks/secret/rotate',
      operation_id: 'rotateWebhookSecret',
      tag,
      summary: 'Make a new secret; the current one keeps signing alongside it for a while',
      description:
        'While both sign, `webhook-signature` holds both signatures separated by a space, as Standard Webhooks specifies: receivers verify with either.',
      body: RotateSecretBody,
      body_limit: deps.config.config.limits.body_bytes,
      answers: { 200: { description: 'the new one', schema: WebhookSecret } },
      errors: ['conflict'],
    },
    async (c, { body }) => {
      const owner = c.get('owner');
      c.header('Cache-Control', 'no-store');
      return c.json(viewOf(owner, await deps.store.rotateWebhookSecret(owner, body)));
    },
  );
}

const viewOf = (owner: string, { secret, older }: OwnerSecrets): z.infer<typeof WebhookSecret> => ({
  owner,
  secret,
  overlap_until: older[0]?.valid_until ?? null,
});

/** Puts what is posted to addresses outside into the OpenAPI document. */
function describeWebhook(api: Api): void {
  const header = (name: string, description: string) => ({
    ...{ name, in: 'header' as const, required: true, description },
    schema: { type: 'string' as const },
  });
  api.openAPIRegistry.registerWebhook({
    method: 'post',
    path: 'event',
    tags: [tag],
    summary: 'An event of a job, posted to its webhook and to those of its owner',
    description: 'According to Standard Webhooks; at least once, with the same id in every attempt.',
    security: [],
    parameters: [
      header('webhook-id', 'the same in every attempt'),
      header('webhook-timestamp', 'of the attempt, in seconds since 1970'),
      header(
        'webhook-signature',
        '`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; several with spaces between after a rotation',
      ),
    ],
    request: { body: { required: true, content: { 'application/json': { schema: WebhookPayload } } } },
    responses: {
      '2XX': { description: 'it was accepted' },
      410: { description: 'send nothing more here' },
      default: { description: 'it is retried' },
    },
  });
}

function jobRoutes(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/{job_id}/webhooks',
      operation_id: 'listWebhooks',
      tag,
      summary: 'What was sent for a job, with what result, in the order of its events',
      params: jobParams,
      query: {
        status: DeliveryStatus.optional(),
        limit: count(1, 500).default(100),
        cursor: z.string().max(400).optional().describe('`next_cursor` of the page before'),
      },
      answers: { 200: { description: 'a page', schema: DeliveryList } },
      errors: ['temporal_unreachable'],
    },
    async (c, { params: { job_id }, query: { status, limit, cursor } }) => {
      const after = cursor === undefined ? undefined : decodeDeliveryCursor(cursor);
      await findJob(deps, c.get('sees'), job_id);
      const rows = await deps.store.listDeliveries(job_id, { status, after, limit: limit + 1 });
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return c.json({
        deliveries: page.map(({ delivery }) => delivery),
        next_cursor: last ? encodeDeliveryCursor(last.cursor) : null,
      });
    },
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/orchestrate/{job_id}/webhooks/{delivery_id}/resend',
      operation_id: 'resendWebhook',
      tag,
      summary: 'Resend an event, with the same id: at once, and retried for as long as a new one',
      params: { ...jobParams, delivery_id: OtherId.meta({ description: 'the delivery' }) },
      answers: { 200: { description: 'it is queued again', schema: WebhookDelivery } },
      errors: ['temporal_unreachable'],
    },
    async (c, { params: { job_id, delivery_id } }) => {
      await findJob(deps, c.get('sees'), job_id);
      const now = new Date();
      const give_up_at = new Date(now.getTime() + deps.config.config.limits.webhook_retry_seconds * 1000);
      const found = await deps.store.resendDelivery({
        ...{ job_id, delivery_id, now: now.toISOString() },
        give_up_at: give_up_at.toISOString(),
      });
      if (!found) notFound(`delivery '${delivery_id}' of this job`);
      // should this fail: the sweep finds it
      await deps.gateway.notifyWebhooks(found.endpoint_id);
      return c.json(found.delivery);
    },
  );
}
