import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { stringify } from 'yaml';
import type { LedgerRow } from '../../contracts/money.ts';
import { patientClient } from '../chaos/client.ts';
import { randomOf } from '../chaos/random.ts';
import { folderOf, historiesOf, linesOf, type System, startSystem } from '../chaos/system.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import { replay } from '../replay/replay.ts';
import { until } from '../setup/until.ts';
import { API_KEY, agentConfig, billedUsd, callsAbout, shellAgent, synthesis, turn, use } from './setup.ts';

/** `ORCHESTRATOR_CHAOS=long` kills 21 times; `ORCHESTRATOR_CHAOS_SEED` repeats a run. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const seed = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? (isLong ? Date.now() % 1_000_000 : 1));
const rounds = isLong ? 7 : 1;
const KILLS = 3;
const TURNS = 15;
/** File in the job's folder that is there once the last message was sent. */
const TOLD = 'told';
const IN_ORDER = "sort -un log | tr '\\n' ' '";

const TESTER = shellAgent('tester', 'You count, one number at a time, and never lose your place.');

let fake: FakeAnthropic;
let system: System;
beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: API_KEY });
  system = await startSystem(inject('temporalBinary'), {
    env: { ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: fake.url },
    files: { 'orchestrator.yaml': stringify(agentConfig()), 'agents/tester.md': TESTER },
  });
});
afterAll(async () => {
  await system?.cleanUp();
  await fake?.close();
});

/** Every turn is answered slowly, so that kills fall into answers, too; more often than once only after kills. */
function expectCounting(about: string): void {
  const text = 'I go on to the next number and write it down. '.repeat(5);
  const numbers = Array.from({ length: TURNS }, (_, index) => index + 1);
  fake.expect(
    ...numbers.map((number) =>
      turn(
        about,
        { text, pause_ms: 25, tool_use: [use('bash', { command: `echo ${number} >> log; sleep 0.1` })] },
        { turn: number - 1, times: 1 + KILLS },
      ),
    ),
    turn(
      about,
      // what is said to it late is said before its last turn, however slow the machine is
      { tool_use: [use('bash', { command: `until [ -e ${TOLD} ]; do sleep 0.05; done; ${IN_ORDER}` })] },
      { turn: TURNS, times: 1 + KILLS },
    ),
    turn([about, `1 2 3`, `14 15`], { text: 'Counted to 15.' }, { turn: TURNS + 1, times: 1 + KILLS }),
    synthesis(1 + KILLS),
  );
}

test.each(Array.from({ length: rounds }, (_, index) => seed * 100 + index))(
  'an agent goes on after kill -9 of its worker as if nothing had been (seed %i)',
  { timeout: 240_000 },
  async (roundSeed) => {
    onTestFailed(() => console.log(`seed ${roundSeed}\n${system.output().slice(-5000)}`));
    const random = randomOf(roundSeed);
    const about = `Count in round ${roundSeed}.`;
    expectCounting(about);
    const client = patientClient(system.url);
    const task = { task_id: 'count', title: 'Count', description: about, agent: 'tester' };
    const { body } = await client.post('/orchestrate/submit', {
      title: 'Counting',
      description: 'Counts whatever is killed',
      budget_usd: 20,
      plan: { tasks: [task] },
    });
    const path = `/orchestrate/${body.job_id}`;
    await client.post(`${path}/approve`, { plan_version: 1 });

    const moments = Array.from({ length: KILLS }, () => random.between(1, TURNS)).sort((a, b) => a - b);
    for (const [index, moment] of moments.entries()) {
      await until(() => turnsAsked(about) >= moment, { timeoutMs: 60_000, what: `turn ${moment}` });
      const content = `Word ${index} of the operator`;
      await client.post(`${path}/messages`, { to: 'count', content });
      await sleep(random.between(0, 400));
      await system.kill('worker');
      await system.isBack();
    }
    const folder = folderOf(system, body.job_id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, TOLD), '');
    const status = await until(
      async () => {
        const { body: now } = await client.get(`${path}/status`);
        return ['completed', 'failed', 'needs_review'].includes(now.status) && now;
      },
      { timeoutMs: 120_000, what: 'the end of the job' },
    );
    expect(status).toMatchObject({ status: 'completed', stats: { completed: 1 } });
    expect(status.tasks[0]).toMatchObject({ output_preview: 'Counted to 15.', attempt: 1 });
    expect(fake.unexpected).toEqual([]);
    const read = JSON.stringify(callsAbout(fake, about).at(-1)!.body.messages);
    for (const index of moments.keys()) expect(read.split(`Word ${index} of`)).toHaveLength(2);

    const { body: money } = await client.get(`${path}/ledger`);
    expectNothingTwice(about, money.ledger, status.budget);
    const numbers = new Set(linesOf(system, body.job_id, 'log').map(Number));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: TURNS }, (_, at) => at + 1));
    // commands are at least once: not more often than the worker was killed
    expect(linesOf(system, body.job_id, 'log').length).toBeLessThanOrEqual(TURNS + KILLS);
    expect(await replay(await historiesOf(system, body.job_id), inject('workflowBundle')!)).toEqual([]);
  },
);

const turnOf = ({ body }: FakeCall) => body.messages.filter(({ role }) => role === 'assistant').length;
const turnsAsked = (about: string) => new Set(callsAbout(fake, about).map(turnOf)).size;

function expectNothingTwice(about: string, rows: LedgerRow[], budget: { spent_usd: number }): void {
  const calls = callsAbout(fake, about);
  const repeats = calls.length - (TURNS + 2);
  console.log(`${calls.length} calls, ${repeats} of them again after ${KILLS} kills`);
  expect(repeats).toBeGreaterThanOrEqual(0);
  expect(repeats).toBeLessThanOrEqual(KILLS);
  const ofTask = rows.filter(({ purpose }) => purpose === 'task');
  // what was stored was not asked again: one settled call a turn, the others are those that were lost
  expect(ofTask.filter(({ status }) => status === 'settled')).toHaveLength(TURNS + 2);
  // a call is written down before it is asked: of a worker killed in between it counts as paid, although nobody was asked
  const lost = ofTask.filter(({ status }) => status === 'estimated').length;
  expect(lost).toBeGreaterThanOrEqual(repeats);
  expect(lost).toBeLessThanOrEqual(KILLS);
  expect(ofTask).toHaveLength(TURNS + 2 + lost);
  const cost = ofTask.reduce((sum, row) => sum + row.cost_usd, 0);
  expect(cost).toBeGreaterThanOrEqual(calls.reduce((sum, call) => sum + billedUsd(call), 0) - 1e-8);
  expect(budget.spent_usd).toBeCloseTo(
    rows.reduce((sum, row) => sum + row.cost_usd, 0),
    6,
  );
}
