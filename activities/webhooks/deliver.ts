import { Context } from '@temporalio/activity';
import type { WebhookPayload } from '../../contracts/webhook.ts';
import { AWAY_FAILURES, afterFailure } from '../../core/journal/webhook-retry.ts';
import type { StoredDelivery, StoredEndpoint } from '../../store/index.ts';
import type { ActivityDeps } from '../deps.ts';
import { startHeartbeat } from '../heartbeat.ts';
import { endpointIdOf } from './outbox.ts';
import { type Sent, sendWebhook } from './send.ts';

/** Heartbeat time-out of the activity, as workflows/webhooks.ts sets it. */
const HEARTBEAT_SECONDS = 10;
/** How long one activity goes on. */
const ROUND_MS = 60_000;

/**
 * Sends what is to be sent to an address now, one after another in the order of the events, until a try fails. Gives
 * when there is more to do; null: nothing waits.
 */
export async function deliverWebhooks(
  deps: ActivityDeps,
  { endpoint_id }: { endpoint_id: string },
): Promise<{ next_at: string | null }> {
  const { store, config } = deps;
  const context = Context.current();
  const stopHeartbeat = startHeartbeat(context, HEARTBEAT_SECONDS);
  const end = Date.now() + ROUND_MS;
  try {
    while (Date.now() < end) {
      const endpoint = await store.readEndpoint(endpoint_id);
      if (!endpoint) return { next_at: null };
      const now = new Date().toISOString();
      const configured = config.webhooks.find((entry) => endpointIdOf(entry) === endpoint_id);
      if (endpoint.source === 'owner' && !configured) {
        const error = 'The configuration does not name this address any more.';
        await store.settleGone(endpoint_id, { error, now });
        return { next_at: null };
      }
      if (endpoint.held_until !== null && endpoint.held_until > now) break;
      const delivery = await store.dueDelivery(endpoint_id, now);
      if (!delivery) break;
      const secret = configured ? (configured.secret ?? null) : endpoint.secret;
      await tryOnce(deps, { ...endpoint, secret }, delivery);
    }
    return { next_at: await store.nextTry(endpoint_id) };
  } catch (error) {
    // the SDK's own failure, by which Temporal knows a cancellation
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw error;
  } finally {
    stopHeartbeat();
  }
}

async function tryOnce(
  deps: ActivityDeps,
  endpoint: StoredEndpoint,
  delivery: StoredDelivery,
): Promise<void> {
  const { store } = deps;
  const { delivery_id, job_id, seq, owner } = delivery;
  const [event] = await store.readEvents(job_id, seq - 1, 1);
  if (event?.seq !== seq) return await store.dropDelivery(delivery_id);
  const payload: WebhookPayload = { type: event.type, timestamp: event.at, data: event };
  const sent = await sendWebhook(deps, {
    webhook_id: delivery_id,
    ...{ url: endpoint.url, secret: endpoint.secret, owner },
    body: JSON.stringify(payload),
    signal: Context.current().cancellationSignal,
  });
  await settle(deps, endpoint, delivery, sent);
}

async function settle(
  { store }: ActivityDeps,
  endpoint: StoredEndpoint,
  delivery: StoredDelivery,
  sent: Sent,
): Promise<void> {
  const now = new Date().toISOString();
  const { endpoint_id } = endpoint;
  if (sent.status === 'delivered') {
    const wasAway = endpoint.failures >= AWAY_FAILURES;
    return await store.settleDelivered(delivery, { status_code: sent.status_code, now, wasAway });
  }
  if (sent.status === 'gone') {
    const { delivery_id } = delivery;
    return await store.settleGone(endpoint_id, { ...sent, now, delivery_id });
  }
  const failures = endpoint.failures + 1;
  if (sent.status === 'refused') {
    const { error } = sent;
    const given_up = { status_code: null, error, now, next_attempt_at: null, held_until: now };
    return await store.settleFailed(delivery, { ...given_up, failures: endpoint.failures });
  }
  const { status_code, error, retry_after_seconds } = sent;
  const { give_up_at } = delivery;
  const attempts = delivery.attempts + 1;
  const random = Math.random();
  const next = afterFailure({ attempts, failures, now, give_up_at, retry_after_seconds, random });
  await store.settleFailed(delivery, { status_code, error, now, failures, ...next });
}
