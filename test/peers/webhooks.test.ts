import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../cli/service.ts';
import { planOf } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { printed, python } from './setup.ts';

const SECRET = 'whsec_c2VjcmV0IHRoYXQgaXMgbG9uZyBlbm91Z2g=';
let folder: string;
let receiver: Receiver;
let service: TestService;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-peers-webhooks-'));
  receiver = await startReceiver();
  service = await startService({
    config: { tools: { allow_private_hosts: [receiver.host] } },
    secrets: { HOOK: SECRET },
  });
});
afterAll(async () => {
  await service?.close();
  await receiver?.close();
  await rm(folder, { recursive: true, force: true });
});

const PROGRAM = `
import json, sys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

secret, file = sys.argv[1:]
got = json.load(open(file))
event = Webhook(secret).verify(got["body"], got["headers"])
for other in [got["body"] + " ", got["body"].replace("job.completed", "job.failed")]:
    try:
        Webhook(secret).verify(other, got["headers"])
        sys.exit("another body was taken")
    except WebhookVerificationError:
        pass
print(event["type"])
`;

test('standardwebhooks for Python verifies what is sent, and no other body', {
  timeout: 620_000,
}, async (context) => {
  const answer = await fetch(`${service.url}/orchestrate/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ title: 'Told', description: 'x', auto_approve: true },
      plan: planOf([{ task_id: 'only', command: 'true' }]),
      webhook: { url: `${receiver.url}/hook`, events: ['job.completed'], secret: '${secret:HOOK}' },
    }),
  });
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  const got = await until(() => receiver.got[0], { timeoutMs: 60_000, what: 'the delivery' });
  expect(got.headers['webhook-id']).toMatch(/^evt_/);
  const { body, headers } = got;
  await writeFile(join(folder, 'got.json'), JSON.stringify({ body, headers }));
  await writeFile(join(folder, 'verify.py'), PROGRAM);
  const told = await python(context, 'python', ['verify.py', SECRET, 'got.json'], { cwd: folder });
  expect(printed(told).trim()).toBe('job.completed');
});
