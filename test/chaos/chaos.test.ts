import { afterAll, beforeAll, describe, expect, inject, onTestFailed, test } from 'vitest';
import { replay } from '../replay/replay.ts';
import { expectNothingLost } from './expectations.ts';
import { TASKS } from './job.ts';
import { randomOf } from './random.ts';
import { type Blow, playRound } from './round.ts';
import { historiesOf, type System, startSystem, VICTIMS, type Victim } from './system.ts';

/** `ORCHESTRATOR_CHAOS=long` (npm run test:chaos) plays many rounds; `ORCHESTRATOR_CHAOS_SEED` repeats a run. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const seed = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? (isLong ? Date.now() % 1_000_000 : 1));
const rounds = isLong ? 5 : 1;
const TIMEOUT_MS = 240_000;

let system: System;
beforeAll(async () => {
  console.log(`chaos: seed ${seed}; repeat with ORCHESTRATOR_CHAOS_SEED=${seed}`);
  system = await startSystem(inject('temporalBinary'));
});
afterAll(async () => {
  await system?.cleanUp();
});

async function play(blows: Blow[], jobSeed: number): Promise<void> {
  onTestFailed(() => console.log(`seed ${seed}\n${system.output().slice(-5000)}`));
  const round = await playRound(system, randomOf(jobSeed), blows);
  expectNothingLost(round, blows);
  expect(await replay(await historiesOf(system, round.job_id), inject('workflowBundle')!)).toEqual([]);
}

describe.each(Array.from({ length: rounds }, (_, index) => index + 1))('round %i', (number) => {
  test.each(VICTIMS)('a job goes on after kill -9 of the %s', { timeout: TIMEOUT_MS }, async (victim) => {
    const jobSeed = seed * 1000 + number * 10 + VICTIMS.indexOf(victim);
    const random = randomOf(jobSeed);
    // the short run kills in the middle, the long one anywhere
    const after_completed = isLong ? random.between(0, TASKS - 1) : random.between(4, 12);
    await play([{ victim, after_completed, delay_ms: random.between(0, 500) }], jobSeed);
  });
});

describe.runIf(isLong)('storms', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'a job goes on after several kills, storm %i',
    { timeout: TIMEOUT_MS * 2 },
    async (number) => {
      const jobSeed = seed * 1000 + 500 + number;
      const random = randomOf(jobSeed);
      const at = Array.from({ length: 4 }, () => random.between(0, TASKS - 1)).sort((a, b) => a - b);
      const blows = at.map((after_completed) => ({
        victim: random.pick<Victim>(VICTIMS),
        after_completed,
        delay_ms: random.between(0, 500),
      }));
      await play(blows, jobSeed);
    },
  );
});

test('afterwards everything stops in order', async () => {
  expect(await system.stop()).toBe(0);
});
