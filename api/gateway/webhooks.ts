import { randomUUID } from 'node:crypto';
import {
  MAIN_QUEUE,
  WEBHOOK_NOTIFICATION,
  WORKFLOW,
  webhookTestId,
  webhookWorkflowId,
} from '../../contracts/names.ts';
import type { WebhookTestBody, WebhookTested } from '../../contracts/webhook.ts';
import type { TemporalLink } from './link.ts';

const NOTIFY_MS = 10_000;
/** What a try takes at most, and a little for Temporal. */
const TEST_MS = 70_000;

/** Says that there is something to send to an address. */
export async function notifyWebhooks(link: TemporalLink, endpoint_id: string): Promise<void> {
  await link.within(NOTIFY_MS, () =>
    link.client.workflow.signalWithStart(WORKFLOW.webhooks, {
      workflowId: webhookWorkflowId(endpoint_id),
      taskQueue: MAIN_QUEUE,
      args: [{ endpoint_id }],
      signal: WEBHOOK_NOTIFICATION,
    }),
  );
}

/** Has a worker, which knows the secrets, try an address once. Throws `no_worker` when none does. */
export async function testWebhook(
  link: TemporalLink,
  input: WebhookTestBody & { owner: string },
): Promise<WebhookTested> {
  return await link.within(TEST_MS, () =>
    link.client.workflow.execute<(input: unknown) => Promise<WebhookTested>>(WORKFLOW.webhookTest, {
      workflowId: webhookTestId(randomUUID()),
      taskQueue: MAIN_QUEUE,
      args: [input],
      workflowExecutionTimeout: TEST_MS,
    }),
  );
}
