import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { stringify } from 'yaml';
import { patientClient } from '../chaos/client.ts';
import { type System, startSystem } from '../chaos/system.ts';
import { until } from '../setup/until.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const KILLS = 2;
const TASKS = 8;

let receiver: Receiver;
let system: System;
beforeAll(async () => {
  // slow, so that kills fall into tries
  receiver = await startReceiver(() => ({ status: 204, after_ms: 60 }));
  const config = {
    tools: { allow_private_hosts: [receiver.host] },
    webhooks: [{ owner: 'local', url: `${receiver.url}/owner`, events: ['*'] }],
  };
  system = await startSystem(inject('temporalBinary'), {
    files: { 'orchestrator.yaml': stringify(config) },
  });
}, 180_000);
afterAll(async () => {
  await system?.cleanUp();
  await receiver?.close();
});

test('kill -9 of the worker in between: every event comes at least once, always under the same id, in order', {
  timeout: 180_000,
}, async () => {
  onTestFailed(() => console.log(system.output().slice(-5000)));
  const client = patientClient(system.url);
  const tasks = Array.from({ length: TASKS }, (_, index) => ({
    task_id: `t${index}`,
    title: `Task ${index}`,
    agent: 'command',
    command: 'sleep 0.3',
    depends_on: index === 0 ? [] : [`t${index - 1}`],
  }));
  const { body } = await client.post('/orchestrate/submit', {
    ...{ title: 'Killed', description: 'Whatever is killed', auto_approve: true, plan: { tasks } },
    webhook: { url: `${receiver.url}/job`, events: ['*'] },
  });
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const seen = receiver.got.length;
    await until(() => receiver.got.length >= seen + 6, {
      timeoutMs: 60_000,
      what: `events before kill ${kill}`,
    });
    await system.kill('worker');
    await system.isBack();
  }
  const path = `/orchestrate/${body.job_id}`;
  const isOver = async () => (await client.get(`${path}/status`)).body.status === 'completed';
  await until(isOver, { timeoutMs: 90_000, what: 'the end of the job' });
  const { body: journal } = await client.get(`${path}/events?limit=500`);
  const { events } = journal as { events: { seq: number }[] };

  for (const place of ['/job', '/owner']) {
    const bySeq = () => Map.groupBy(receiver.at(place), ({ payload }) => payload.data.seq);
    await until(() => bySeq().size >= events.length, { timeoutMs: 60_000, what: `all events at ${place}` });
    // a map keeps the order in which each came first
    expect([...bySeq().keys()]).toEqual(events.map(({ seq }) => seq));
    for (const those of bySeq().values()) expect(new Set(those.map(({ id }) => id)).size).toBe(1);
    expect(new Set(receiver.at(place).map(({ id }) => id)).size).toBe(events.length);
    expect(receiver.at(place).length).toBeLessThanOrEqual(events.length + KILLS);
    expect(
      receiver
        .at(place)
        .map(({ payload }) => payload.data)
        .slice(-1),
    ).toEqual(events.slice(-1));
  }
});
