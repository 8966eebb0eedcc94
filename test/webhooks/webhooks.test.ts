import { MockActivityEnvironment } from '@temporalio/testing';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.ts';
import { createWebhookActivities } from '../../activities/webhooks/index.ts';
import { Config } from '../../contracts/config.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { MAIN_QUEUE, SWEEP_ID, WORKFLOW, webhookWorkflowId } from '../../contracts/names.ts';
import type { WebhookDelivery } from '../../contracts/webhook.ts';
import { jsonCli, runCli } from '../cli/run.ts';
import { startService, type TestService } from '../cli/service.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { type Answer, type Got, type Receiver, startReceiver } from './receiver.ts';

const SECRET = 'whsec_c2VjcmV0IHRoYXQgaXMgbG9uZyBlbm91Z2g=';
const PATIENCE = { timeoutMs: 60_000 };

/** Dead letters and their resending: whether the address works by now. */
let repaired = false;

/** What each path of the receiver does. */
const BEHAVIOUR: Record<string, (got: Got) => Answer | undefined> = {
  '/fails': ({ before }) =>
    [{ status: 500 }, { status: 503, headers: { 'retry-after': '1' } }][before] ?? undefined,
  '/hangs': ({ before }) => (before === 0 ? 'silence' : undefined),
  '/late': ({ before }) => (before === 0 ? { status: 200, after_ms: 3000 } : undefined),
  '/moved': () => ({ status: 307, headers: { location: `${inside.url}/inside` } }),
  '/mute': () => 'silence',
  '/gone': () => ({ status: 410 }),
  '/dead': () => (repaired ? undefined : { status: 500 }),
};

let receiver: Receiver;
/** an address that nobody allowed */
let inside: Receiver;
let service: TestService;
beforeAll(async () => {
  receiver = await startReceiver((got) => BEHAVIOUR[got.path]?.(got));
  inside = await startReceiver();
  service = await startService({
    config: {
      tools: { allow_private_hosts: [receiver.host] },
      limits: { webhook_timeout_seconds: 2, webhook_retry_seconds: 8 },
      webhooks: [
        { owner: 'local', url: `${receiver.url}/owner` },
        { owner: 'somebody', url: `${receiver.url}/somebody` },
        { url: `${receiver.url}/everybody`, events: ['job.*'], secret: '${secret:HOOK}' },
      ],
    },
    env: { ANTHROPIC_API_KEY: 'sk-ant-none', ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' },
    secrets: { HOOK: SECRET },
  });
});
afterAll(async () => {
  await service?.close();
  await receiver?.close();
  await inside?.close();
});

const oneTask = planOf([{ task_id: 'only', command: 'true' }]);

/** Submits as clients do. */
async function submit(webhook: unknown, rest: Record<string, unknown> = {}): Promise<string> {
  const answer = await fetch(`${service.url}/orchestrate/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ title: 'Told', description: 'Of which others hear', auto_approve: true, plan: oneTask },
      ...{ webhook, ...rest },
    }),
  });
  const body = (await answer.json()) as { job_id: string };
  expect(answer.status, JSON.stringify(body)).toBeLessThan(300);
  return body.job_id;
}

async function log(job_id: string, source?: 'job'): Promise<WebhookDelivery[]> {
  const answer = await fetch(`${service.url}/orchestrate/${job_id}/webhooks`);
  const { deliveries } = (await answer.json()) as { deliveries: WebhookDelivery[] };
  return deliveries.filter((delivery) => source === undefined || delivery.source === source);
}

/** The one delivery of a job to its own address, once it has that status. */
const delivery = (job_id: string, status: WebhookDelivery['status']) =>
  until(
    async () => {
      const [one] = await log(job_id, 'job');
      return one?.status === status && one;
    },
    { ...PATIENCE, what: `the delivery of ${job_id} to be ${status}` },
  );

/** Everything that stands in the history of any workflow. */
async function allHistories(): Promise<string> {
  const { client } = service.worker;
  const histories = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    histories.push(textsIn(await client.workflow.getHandle(workflowId, runId).fetchHistory()));
  }
  return histories.join('\n');
}

/** All that a history holds, as text. */
function textsIn(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textsIn).join('\n');
}

describe('events of a job', () => {
  let job: TestJob;
  beforeAll(async () => {
    job = await startJob(service.worker, {
      provider: 'offline',
      plan: oneTask,
      webhook: { url: `${receiver.url}/all`, events: ['*'], secret: '${secret:HOOK}' },
    });
    await job.result();
  });
  const mine = (path: string) =>
    receiver.at(path).filter(({ payload }) => payload.data.job_id === job.job_id);

  test('come all, in order, the last ones after it has closed, signed and with the ids of the log', async () => {
    const events = await service.worker.store.readEvents(job.job_id, 0, 1000);
    expect(events.at(-1)!.type).toBe('job.completed');
    await until(() => mine('/all').length >= events.length, { ...PATIENCE, what: 'all events' });
    expect(mine('/all').map(({ payload }) => payload.data)).toEqual(events);
    for (const { body, headers, payload } of mine('/all')) {
      expect(new Webhook(SECRET).verify(body, headers)).toEqual(payload);
      expect(payload).toMatchObject({ type: payload.data.type, timestamp: payload.data.at });
      expect(() => new Webhook(`whsec_${btoa('another')}`).verify(body, headers)).toThrow();
    }
    const sent = await until(
      async () => {
        const all = await log(job.job_id, 'job');
        return all.every(({ status }) => status === 'delivered') && all;
      },
      { ...PATIENCE, what: 'the log' },
    );
    expect(sent.map(({ delivery_id }) => delivery_id)).toEqual(mine('/all').map(({ id }) => id));
    expect(sent[0]).toMatchObject({
      seq: 1,
      type: 'job.submitted',
      attempts: 1,
      status_code: 204,
      error: null,
    });
  });

  test('come to addresses of the owner, and to nobody else, filtered and signed as each says', async () => {
    const isOver = (path: string) => mine(path).at(-1)?.payload.type === 'job.completed';
    await until(() => isOver('/owner') && isOver('/everybody'), { ...PATIENCE, what: 'the end of the job' });
    expect(mine('/owner').map(({ payload }) => payload.type)).toEqual(['plan.proposed', 'job.completed']);
    const secret = (await jsonCli(['webhooks', 'secret'], { url: service.url })).secret;
    for (const { body, headers } of mine('/owner')) new Webhook(secret).verify(body, headers);
    expect(mine('/everybody').every(({ payload }) => payload.type.startsWith('job.'))).toBe(true);
    for (const { body, headers } of mine('/everybody')) new Webhook(SECRET).verify(body, headers);
    expect(mine('/somebody')).toEqual([]);
  });

  test('leave no secret in any history', async () => {
    const all = await allHistories();
    expect(all).toContain('${secret:HOOK}');
    expect(all).toContain('deliverWebhooks');
    const own = await service.worker.store.webhookSecrets('local');
    for (const secret of [SECRET, own.secret]) expect(all).not.toContain(secret.replace('whsec_', ''));
  });

  test('are sent when the worker that wrote them was killed before it could notify', async () => {
    const { store, client } = service.worker;
    const [first] = await log(job.job_id, 'job');
    const now = new Date(Date.now() - 60_000).toISOString();
    const give_up_at = new Date(Date.now() + 60_000).toISOString();
    const count = mine('/all').length;
    const { job_id, delivery_id } = first!;
    await store.resendDelivery({ job_id, delivery_id, now, give_up_at });
    await client.schedule.getHandle(SWEEP_ID).trigger();
    await until(() => mine('/all').length > count, { ...PATIENCE, what: 'the sweep' });
    expect(mine('/all').at(-1)!.id).toBe(delivery_id);
  });
});

describe.concurrent('an address', () => {
  const events = ['job.completed'];
  const at = (path: string) => ({ url: `${receiver.url}${path}`, events });

  test('that fails, hangs or answers late gets the same event again, under the same id', async () => {
    const [fails, hangs, late] = await Promise.all(
      ['/fails', '/hangs', '/late'].map((path) => submit(at(path))),
    );
    expect(await delivery(fails!, 'delivered')).toMatchObject({ attempts: 3, status_code: 204, error: null });
    expect(await delivery(hangs!, 'delivered')).toMatchObject({ attempts: 2 });
    expect(await delivery(late!, 'delivered')).toMatchObject({ attempts: 2 });
    for (const [path, job_id] of [
      ['/fails', fails],
      ['/hangs', hangs],
      ['/late', late],
    ] as const) {
      const [{ delivery_id }] = (await log(job_id!, 'job')) as [WebhookDelivery];
      expect(new Set(receiver.at(path).map(({ id }) => id))).toEqual(new Set([delivery_id]));
      expect(new Set(receiver.at(path).map(({ body }) => body)).size).toBe(1);
    }
    const stamps = receiver.at('/fails').map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(stamps[2]! - stamps[1]!).toBeGreaterThanOrEqual(1);
  });

  test('that answers 410 is gone, and gets nothing more', async () => {
    const job_id = await submit({ url: `${receiver.url}/gone`, events: ['plan.proposed', 'job.*'] });
    const all = await until(
      async () => {
        const sent = await log(job_id, 'job');
        return (
          sent.some(({ type }) => type === 'job.completed') &&
          sent.every(({ status }) => status === 'gone') &&
          sent
        );
      },
      { ...PATIENCE, what: 'all to be gone' },
    );
    expect(all[0]).toMatchObject({ attempts: 1, status_code: 410 });
    expect(receiver.at('/gone')).toHaveLength(1);
  });

  test('that is not public is never reached, not by a redirect either', async () => {
    const moved = await submit(at('/moved'));
    const refused = await submit({ url: `${inside.url}/hook`, events });
    const named = await submit({ url: `${inside.url.replace('127.0.0.1', 'localhost')}/hook`, events });
    for (const job_id of [refused, named]) {
      expect(await delivery(job_id, 'dead')).toMatchObject({
        attempts: 1,
        status_code: null,
        error: expect.stringMatching(/not public.*allow_private_hosts/),
      });
    }
    const dead = await delivery(moved, 'dead');
    expect(dead).toMatchObject({
      status_code: 307,
      error: expect.stringMatching(/redirects are not followed/),
    });
    expect(dead.attempts).toBeGreaterThan(1);
    expect(inside.got).toEqual([]);
  });

  test('whose secret nobody set is sent nothing', async () => {
    const job_id = await submit({ ...at('/unsigned'), secret: '${secret:FORGOTTEN}' });
    const dead = await delivery(job_id, 'dead');
    expect(dead.error).toMatch(/ORCHESTRATOR_SECRET_FORGOTTEN/);
    expect(receiver.at('/unsigned')).toEqual([]);
  });
});

test('dead letters are seen and sent again, on the command line too', async () => {
  const cli = { url: service.url };
  const job_id = await submit({ url: `${receiver.url}/dead`, events: ['job.completed'] });
  const dead = await delivery(job_id, 'dead');
  expect(dead).toMatchObject({ status_code: 500, next_attempt_at: null });
  expect(dead.attempts).toBeGreaterThanOrEqual(2);
  const shown = await runCli(['webhooks', job_id, '--status', 'dead'], cli);
  expect(shown).toMatchObject({ exit: 0, stdout: expect.stringContaining(dead.delivery_id) });
  repaired = true;
  const again = await jsonCli(['webhooks', 'resend', job_id, dead.delivery_id], cli);
  expect(again).toMatchObject({ delivery_id: dead.delivery_id, status: 'pending', attempts: 0 });
  expect(await delivery(job_id, 'delivered')).toMatchObject({ attempts: 1, status_code: 204 });
  expect(new Set(receiver.at('/dead').map(({ id }) => id))).toEqual(new Set([dead.delivery_id]));
  const unknown = await runCli(['webhooks', 'resend', job_id, 'job_nothing'], cli);
  expect(unknown.stderr).toMatch(/There is no delivery 'job_nothing' of this job/);
});

test('an address can be tried', async () => {
  const cli = { url: service.url };
  const good = await jsonCli(
    ['webhooks', 'test', `${receiver.url}/tried`, '--secret', '${secret:HOOK}'],
    cli,
  );
  expect(good).toMatchObject({ delivered: true, status_code: 204, error: null });
  const [tried] = receiver.at('/tried');
  expect(tried!.id).toBe(good.webhook_id);
  expect(new Webhook(SECRET).verify(tried!.body, tried!.headers)).toMatchObject({ type: 'webhook.test' });
  const bad = await runCli(['webhooks', 'test', `${inside.url}/hook`], cli);
  expect(bad).toMatchObject({ exit: 1, stdout: expect.stringMatching(/not public/) });
});

test('an owner has two tests under way at once, and is told when a third may come', async () => {
  const ask = () =>
    fetch(`${service.url}/webhooks/test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: `${receiver.url}/mute` }),
    });
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
  const refused = answers.find(({ status }) => status === 429)!;
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited' } });
  expect((await ask()).status).toBe(200);
  expect(receiver.at('/mute')).toHaveLength(3);
});

test('a test is waited for 5 s, however long events are', async () => {
  const config = Config.parse({ tools: { allow_private_hosts: [receiver.host] } });
  const { store } = service.worker;
  const { testWebhook } = createWebhookActivities({
    ...{ store, config, secret: () => undefined },
  } as unknown as ActivityDeps);
  const input = { owner: 'local', url: `${receiver.url}/mute` };
  const tested = await new MockActivityEnvironment().run(testWebhook, input);
  expect(tested).toMatchObject({ delivered: false, error: expect.stringContaining('within 5 s') });
});

test('a secret is replaced without a gap: for a time both verify, then the new one alone', async () => {
  const cli = { url: service.url };
  const before = (await jsonCli(['webhooks', 'secret'], cli)).secret;
  const rotated = await jsonCli(['webhooks', 'rotate', '--overlap', '3600'], cli);
  expect(Date.parse(rotated.overlap_until)).toBeGreaterThan(Date.now());
  expect(await jsonCli(['webhooks', 'secret'], cli)).toEqual(rotated);
  const events = ['job.completed'];
  const job_id = await submit({ url: `${receiver.url}/rotated`, events });
  await delivery(job_id, 'delivered');
  const verifies = ({ body, headers }: Got, secret: string) => {
    try {
      return new Webhook(secret).verify(body, headers) !== undefined;
    } catch {
      return false;
    }
  };
  const [both] = receiver.at('/rotated');
  expect(both!.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  expect([before, rotated.secret, SECRET].map((secret) => verifies(both!, secret))).toEqual([
    true,
    true,
    false,
  ]);

  const last = await runCli(['webhooks', 'rotate', '--overlap', '0'], cli);
  expect(last).toMatchObject({ exit: 0, stderr: expect.stringContaining('alone from now on') });
  await jsonCli(['webhooks', 'test', `${receiver.url}/alone`], cli);
  const [alone] = receiver.at('/alone');
  const secrets = [before, rotated.secret, last.stdout.trim()];
  expect(secrets.map((secret) => verifies(alone!, secret))).toEqual([false, false, true]);
  const all = await allHistories();
  for (const secret of secrets) expect(all).not.toContain(secret.replace('whsec_', ''));
});

test('alerts are told of once: an approval about to expire, what is blocked, a provider that is down', async () => {
  const webhook = { url: `${receiver.url}/alerts`, events: ['alert', 'approval.*'] };
  const gated = await submit(webhook, {
    plan: planOf([{ task_id: 'gate', approval: 'required', approval_expires_seconds: 6 }]),
  });
  const asked = await submit(webhook, {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    plan: planOf([{ task_id: 'ask', agent: 'general', max_attempts: 2 }]),
  });
  const told = (job_id: string) =>
    receiver
      .at('/alerts')
      .filter(({ payload }) => payload.data.job_id === job_id)
      .map(({ payload: { type, data } }) => (data.data as { kind?: string }).kind ?? type);
  await until(
    () => told(gated).includes('job_needs_review') && told(asked).includes('job_needs_review'),
    PATIENCE,
  );
  expect(told(gated)).toEqual([
    'gate',
    'approval_expiring',
    'approval.expired',
    'task_blocked',
    'job_needs_review',
  ]);
  expect(told(asked)).toEqual(['provider_down', 'job_needs_review']);
}, 90_000);

test('what is sent for long goes on as new, so that no history grows', async () => {
  const { store, client } = service.worker;
  const ids = { endpoint_id: 'job_long', job_id: 'long' };
  const now = new Date().toISOString();
  const events: JobEvent[] = [1, 2].map((seq) => ({
    ...{ seq, job_id: 'long', at: now },
    ...{ type: 'task.progress' as const, data: {} },
  }));
  await store.appendEvents('local', events, {
    endpoints: [{ ...ids, source: 'job', url: `${receiver.url}/fails`, secret: null }],
    deliveries: events.map(({ seq, type }) => ({ ...ids, delivery_id: `long_${seq}`, seq, type })),
    now,
    give_up_at: new Date(Date.now() + 60_000).toISOString(),
  });
  const workflowId = webhookWorkflowId(ids.endpoint_id);
  await client.workflow.execute(WORKFLOW.webhooks, {
    workflowId,
    taskQueue: MAIN_QUEUE,
    args: [{ endpoint_id: ids.endpoint_id, continue_after_events: 1 }],
  });
  const runs = async () => {
    const found = [];
    for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) found.push(run);
    return found;
  };
  expect(await until(async () => (await runs()).length >= 3 && (await runs()), PATIENCE)).toBeTruthy();
  const sent = receiver.at('/fails').filter(({ payload }) => payload.data.job_id === 'long');
  expect(new Set(sent.map(({ id }) => id))).toEqual(new Set(['long_1', 'long_2']));
});

test('where nothing waits, nothing runs', async () => {
  const query = `WorkflowType = '${WORKFLOW.webhooks}' AND ExecutionStatus = 'Running'`;
  const running = async () => (await service.worker.client.workflow.count(query)).count;
  await until(async () => (await running()) === 0, { ...PATIENCE, what: 'the workflows of webhooks to end' });
});
