import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { ActivityDeps } from '../deps.ts';
import type { Activities } from '../types.ts';
import { deliverWebhooks } from './deliver.ts';
import { sendWebhook } from './send.ts';

/** Somebody waits for a test, and it holds a place that events are sent from. */
const TEST_SECONDS = 5;

/** What is sent to addresses outside. */
export function createWebhookActivities(
  deps: ActivityDeps,
): Pick<Activities, 'deliverWebhooks' | 'testWebhook'> {
  return {
    deliverWebhooks: (input) => deliverWebhooks(deps, input),
    async testWebhook({ owner, url, secret = null }) {
      const webhook_id = `test_${randomUUID()}`;
      const timestamp = new Date().toISOString();
      const data = { message: 'This is a test. Events of jobs come in this form.', owner };
      const begun = Date.now();
      const sent = await sendWebhook(deps, {
        ...{ webhook_id, url, secret, owner },
        body: JSON.stringify({ type: 'webhook.test', timestamp, data }),
        signal: Context.current().cancellationSignal,
        timeout_seconds: Math.min(TEST_SECONDS, deps.config.limits.webhook_timeout_seconds),
      });
      return {
        webhook_id,
        delivered: sent.status === 'delivered',
        status_code: 'status_code' in sent ? sent.status_code : null,
        error: 'error' in sent ? sent.error : null,
        duration_ms: Date.now() - begun,
      };
    },
  };
}
