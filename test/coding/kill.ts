import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { stringify } from 'yaml';
import type { LedgerRow } from '../../contracts/money.ts';
import { patientClient } from '../chaos/client.ts';
import { folderOf, historiesOf, type System, startSystem } from '../chaos/system.ts';
import { replay } from '../replay/replay.ts';
import { until } from '../setup/until.ts';
import type { AssistantFake } from './fake.ts';
import {
  assistant,
  codingConfig,
  environmentFor,
  fakeFor,
  type RealDriver,
  SHORT,
  scratch,
  WHOLE_ROUND,
} from './setup.ts';

const TURNS = 6;

/** Kills the worker while an assistant works. */
export function killSuite(driver: RealDriver): void {
  let fake: AssistantFake;
  let system: System;
  beforeAll(async () => {
    fake = await fakeFor(driver);
    const { command, model, max_output_tokens } = assistant(driver).coding!;
    const front = {
      name: 'worker',
      description: 'It works.',
      kind: 'coding',
      driver,
      command,
      model,
      max_output_tokens,
    };
    system = await startSystem(inject('temporalBinary'), {
      folder: scratch(),
      env: environmentFor(driver, fake),
      files: {
        // a provider that is not set up: reports are put together without a model
        'orchestrator.yaml': stringify({
          ...codingConfig(driver),
          models: { planner: { provider: driver === 'gemini' ? 'openai' : 'gemini', model: 'none' } },
          // its provider is on this machine
          sandbox: { network: 'open' },
        }),
        'agents/worker.md': `---\n${stringify(front)}---\n`,
      },
    });
  });
  afterAll(async () => {
    await system?.cleanUp();
    await fake?.close();
  });

  const isShort = SHORT.includes(driver);
  const name = `${driver} goes on in its session after kill -9 of its worker${isShort ? WHOLE_ROUND : ''}`;
  test.skipIf(isShort)(name, { timeout: 240_000 }, async () => {
    onTestFailed(() => console.log(system.output().slice(-5000)));
    const client = patientClient(system.url);
    const { body } = await client.post('/orchestrate/submit', {
      title: 'Counting',
      description: 'Counts whatever is killed',
      budget_usd: 20,
      plan: { tasks: [{ task_id: 'count', title: 'Count', description: 'Count to six', agent: 'worker' }] },
    });
    const path = `/orchestrate/${body.job_id}`;
    const file = (name: string) => join(folderOf(system, body.job_id), name);
    const text = 'I go on to the next number and write it down. '.repeat(5);
    for (let turn = 0; turn < TURNS; turn += 1) {
      const write = { path: file(`${turn}.txt`), content: `${turn}` };
      fake.expect('Count to six', null, { text: `${text}${turn}`, write, pause_ms: 30 });
    }
    await client.post(`${path}/approve`, { plan_version: 1 });
    await until(() => fake.calls().filter((call) => call.includes('Count to six')).length >= 3, {
      what: 'the third call',
    });
    await system.kill('worker');
    fake.expect('Count to six', null, { text: 'Counted to six.' });
    await system.isBack();
    const status = await until(
      async () => {
        const { body: now } = await client.get(`${path}/status`);
        return ['completed', 'failed', 'needs_review'].includes(now.status) && now;
      },
      { timeoutMs: 120_000, what: 'the end of the job' },
    );
    expect(status.tasks[0]).toMatchObject({
      status: 'completed',
      output_preview: 'Counted to six.',
      attempt: 1,
    });
    expect(fake.unexpected()).toEqual([]);
    // what was said before the kill is in the conversation after it
    expect(fake.calls().at(-1)).toContain('write it down. 0');
    expect(readFileSync(file(`${TURNS - 1}.txt`), 'utf8')).toBe(`${TURNS - 1}`);

    const { body: money } = await client.get(`${path}/ledger`);
    const rows: LedgerRow[] = money.ledger.filter(({ purpose }: LedgerRow) => purpose === 'task');
    expect(rows.map((row) => row.status)).toEqual(['estimated', 'settled']);
    const cost = rows.reduce((sum, row) => sum + row.cost_usd, 0);
    expect(cost).toBeGreaterThanOrEqual(rows[1]!.cost_usd);
    expect(cost).toBeGreaterThanOrEqual(fake.billedUsd() * 0.95);
    expect(rows[0]!.cost_usd).toBeLessThan(rows[0]!.reserved_usd);
    expect(status.budget.spent_usd).toBeCloseTo(cost, 6);
    const { body: events } = await client.get(`${path}/events?limit=500`);
    const sessions = (events.events as { data: { session?: string } }[]).flatMap(
      ({ data }) => data.session ?? [],
    );
    expect(new Set(sessions).size).toBe(1);
    expect(await replay(await historiesOf(system, body.job_id), inject('workflowBundle')!)).toEqual([]);
  });
}
