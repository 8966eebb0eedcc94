import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, expect, test } from 'vitest';
import { Config } from '../../contracts/config.ts';
import type { CallResult } from '../../contracts/model-call.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import { createProviders } from '../../providers/registry.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { callInput, type Harness, startHarness, taskSubject } from './harness.ts';

const LIMIT = { requests_per_second: 10, tokens_per_second: 20_000 };
const AGENTS = 20;
const TURNS = 2;

let harness: Harness | undefined;
let fake: FakeAnthropic | undefined;
afterEach(async () => {
  await fake?.close();
  await harness?.close();
});

/** Starts a fake with the limit, and activities that know it from `rate_limits` or not at all. */
async function start(rate_limits: Config['rate_limits']): Promise<void> {
  fake = await startFakeAnthropic({ rate_limit: LIMIT });
  const env = { ANTHROPIC_API_KEY: fake.api_key, ANTHROPIC_BASE_URL: fake.url };
  const config = { rate_limits };
  harness = await startHarness(config, { providers: createProviders(env, Config.parse(config)) });
  const text = 'Done, and well. '.repeat(20);
  fake.expect({ times: AGENTS * TURNS, reply: { type: 'message', text, pause_ms: 30 } });
}

/** Asks until there is an answer, as the workflow of a task does. */
async function ask(call: PreparedCall): Promise<void> {
  for (let again = 0; ; again += 1) {
    const input = callInput({ ...call, call_id: `${call.call_id}-${again}` });
    const result: CallResult = await new MockActivityEnvironment().run(harness!.activities.callModel, input);
    if (result.status === 'answered') return;
    if (result.status !== 'parked') throw new Error(`the call is ${result.status}`);
    await sleep(Date.parse(result.parked_until) - Date.now());
  }
}

async function askAll(): Promise<void> {
  const prepared = await harness!.prepare(taskSubject(harness!));
  const agents = Array.from({ length: AGENTS }, async (_, agent) => {
    for (let turn = 0; turn < TURNS; turn += 1) {
      await ask({ ...prepared, task_id: `task-${agent}`, call_id: `call-${agent}-${turn}` });
    }
  });
  await Promise.all(agents);
  fake!.assertDone();
}

test('agents at once under a limit of the config are all answered, and use it', async () => {
  await start({ anthropic: LIMIT });
  await askAll();
  const times = fake!.calls.map(({ at }) => at);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  const tokens = fake!.calls.reduce(
    (sum, { body, billed }) => sum + JSON.stringify(body).length / 4 + billed.output_tokens,
    0,
  );
  // the figure is in docs/benchmarks.md; a machine under load takes its share
  expect(tokens / (LIMIT.tokens_per_second * (seconds + 1))).toBeGreaterThan(0.25);
});

test('agents at once under a limit known from headers alone are all answered after the first were turned away', async () => {
  await start({});
  await askAll();
  expect(fake!.turnedAway()).toBeLessThan(AGENTS * TURNS);
});
