import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { signalProcess, startedAt } from '../../runtime/processes.ts';
import { startSteadyJob } from './steady.ts';
import { type System, startSystem, VICTIMS, type Victim } from './system.ts';

const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
/** As long as a laptop that was closed for a moment; in the short run just longer than a lost heartbeat. */
const STOPPED_MS = isLong ? 25_000 : 5000;

const ROUNDS: [string, readonly Victim[]][] = [
  ...(isLong ? VICTIMS.map((victim): [string, Victim[]] => [`the ${victim}`, [victim]]) : []),
  ['everything', VICTIMS],
];

let system: System;
beforeAll(async () => {
  system = await startSystem(inject('temporalBinary'));
});
afterAll(async () => {
  await system?.cleanUp();
});

test.each(ROUNDS)('a job goes on after %s stood still', { timeout: 300_000 }, async (_, victims) => {
  onTestFailed(() => console.log(system.output().slice(-5000)));
  const job = await startSteadyJob(system);
  await job.completed(3);
  const pids = victims.map((victim) => system.pid(victim));
  for (const pid of pids) signalProcess(pid, 'SIGSTOP');
  await sleep(STOPPED_MS);
  for (const pid of pids) signalProcess(pid, 'SIGCONT');
  await job.endsWell();
  for (const pid of pids) expect(await startedAt(pid)).toBeDefined();
});

test('afterwards everything stops in order', async () => {
  expect(await system.stop()).toBe(0);
});
