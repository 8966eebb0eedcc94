import type { JobEvent } from '../../../contracts/event.ts';
import {
  MAIN_QUEUE,
  WEBHOOK_NOTIFICATION,
  WORKFLOW,
  webhookTestId,
  webhookWorkflowId,
} from '../../../contracts/names.ts';
import { until } from '../../setup/until.ts';
import { startReceiver } from '../../webhooks/receiver.ts';
import { openStage, type Stage, type Studio } from '../stage.ts';
import type { Kinds } from './kind.ts';

/** Webhooks to an address that fails at first: tried again, notified while they wait, and continued as new. */
export async function openWebhookStage(studio: Studio) {
  const receiver = await startReceiver(({ path, before }) =>
    path === '/fails' && before < 2 ? { status: 500 } : undefined,
  );
  const stage = await openStage(studio, { config: { tools: { allow_private_hosts: [receiver.host] } } });

  /** Sends two events to the path; gives the workflow that did, once it has ended. */
  async function send(
    name: string,
    path: string,
    more: { continue_after_events?: number },
  ): Promise<string[]> {
    const endpoint_id = await putEvents(stage, name, `${receiver.url}${path}`);
    const handle = await stage.client.workflow.signalWithStart(WORKFLOW.webhooks, {
      workflowId: webhookWorkflowId(endpoint_id),
      taskQueue: MAIN_QUEUE,
      args: [{ endpoint_id, ...more }],
      signal: WEBHOOK_NOTIFICATION,
    });
    const tries = () => receiver.at(path).filter(({ id }) => id.startsWith(name));
    await until(() => tries().length > 0, { what: 'the first try' });
    await handle.signal(WEBHOOK_NOTIFICATION);
    await handle.result();
    return [handle.workflowId];
  }

  const kinds: Kinds = {
    webhooks: () => send('retried', '/fails', {}),
    'webhooks-continued': () => send('continued', '/fails', { continue_after_events: 12 }),
    async 'webhook-test'() {
      const handle = await stage.client.workflow.start(WORKFLOW.webhookTest, {
        workflowId: webhookTestId('recorded'),
        taskQueue: MAIN_QUEUE,
        args: [{ url: `${receiver.url}/tested`, owner: 'local' }],
      });
      await handle.result();
      return [handle.workflowId];
    },
  };
  return {
    stage,
    kinds,
    async close() {
      await stage.close();
      await receiver.close();
    },
  };
}

/** Writes two events of a job and what is to be sent of them; gives the id of the address. */
async function putEvents({ store }: Stage, job_id: string, url: string): Promise<string> {
  const endpoint_id = `job_${job_id}`;
  const now = new Date();
  const events: JobEvent[] = [1, 2].map((seq) => ({
    ...{ seq, job_id, at: now.toISOString() },
    ...{ type: 'task.progress' as const, data: {} },
  }));
  await store.appendEvents('local', events, {
    endpoints: [{ endpoint_id, source: 'job', job_id, url, secret: null }],
    deliveries: events.map(({ seq, type }) => ({
      delivery_id: `${job_id}_${seq}`,
      ...{ endpoint_id, job_id, seq, type },
    })),
    now: now.toISOString(),
    give_up_at: new Date(now.getTime() + 60_000).toISOString(),
  });
  return endpoint_id;
}
