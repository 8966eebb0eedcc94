import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { until } from '../setup/until.ts';
import { readiness, startSteadyJob } from './steady.ts';
import { type System, startSystem } from './system.ts';

const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const LOCKED_MS = isLong ? 20_000 : 8000;

let system: System;
beforeAll(async () => {
  system = await startSystem(inject('temporalBinary'));
});
afterAll(async () => {
  await system?.cleanUp();
});

test('a database that another process locks loses nothing, and jobs go on', {
  timeout: 300_000,
}, async () => {
  onTestFailed(() => console.log(system.output().slice(-5000)));
  const job = await startSteadyJob(system);
  await job.completed(2);
  const pids = { api: system.pid('api'), worker: system.pid('worker') };
  const stranger = new DatabaseSync(dataDir(system.folder).orchestratorDb, { timeout: 5000 });
  stranger.exec('begin exclusive');
  const locked = sleep(LOCKED_MS).then(() => {
    stranger.exec('rollback');
    stranger.close();
  });

  // the API goes on answering: what needs no database at once, the rest within its patience
  await until(async () => (await readiness(system)) === 503, { what: 'readyz to tell' });
  const alive = await fetch(`${system.url()}/healthz`);
  expect(alive.status).toBe(200);
  const refused = await fetch(`${system.url()}/orchestrate/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'while-locked' },
    body: JSON.stringify({ title: 'Locked', description: 'out', plan: { tasks: [] } }),
  });
  if (refused.status === 503) expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  else expect(refused.status).toBeLessThan(500);

  await locked;
  await job.endsWell();
  await until(async () => (await readiness(system)) === 200, { what: 'readyz' });
  expect({ api: system.pid('api'), worker: system.pid('worker') }).toEqual(pids);
});
