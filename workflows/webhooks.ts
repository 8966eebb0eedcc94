import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { WEBHOOK_NOTIFICATION, WEBHOOK_QUEUE } from '../contracts/names.ts';
import type { WebhookTestBody, WebhookTested } from '../contracts/webhook.ts';

/** Events of history after which it continues as new: what waits is in the database. */
const CONTINUE_AFTER_EVENTS = 2000;

/** Before it looks again unasked: the clock of the database's times may be behind the server's. */
const MIN_PAUSE_MS = 500;

const { deliverWebhooks } = proxyActivities<Activities>({
  taskQueue: WEBHOOK_QUEUE,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
});

const { testWebhook } = proxyActivities<Activities>({
  taskQueue: WEBHOOK_QUEUE,
  startToCloseTimeout: '2 minutes',
  retry: { maximumAttempts: 2 },
});

/** There is something to send. */
const notification = defineSignal(WEBHOOK_NOTIFICATION);

/**
 * Sends what is to be sent to one address, and retries what failed, for as long as something waits. It is started by the
 * notification that is sent whenever something was written to the outbox.
 */
export async function webhookWorkflow(input: {
  endpoint_id: string;
  continue_after_events?: number;
}): Promise<void> {
  const { endpoint_id, continue_after_events = CONTINUE_AFTER_EVENTS } = input;
  let notified = true;
  setHandler(notification, () => {
    notified = true;
  });
  for (let next_at: string | null = null; notified || next_at !== null; ) {
    if (!notified) {
      const left = new Date(next_at!).getTime() - Date.now();
      await condition(() => notified, Math.max(MIN_PAUSE_MS, left));
    }
    notified = false;
    ({ next_at } = await deliverWebhooks({ endpoint_id }));
    const goesOn = notified || next_at !== null;
    if (goesOn && workflowInfo().historyLength > continue_after_events) {
      await continueAsNew<typeof webhookWorkflow>(input);
    }
  }
}

/** One try of an address, for whoever sets it up. */
export async function webhookTestWorkflow(
  input: WebhookTestBody & { owner: string },
): Promise<WebhookTested> {
  return testWebhook(input);
}
