import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noSandbox } from '../../activities/sandbox/sandbox.ts';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import type { RosterAgent } from '../../contracts/config.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { MODEL } from './fake.ts';
import { codingConfig } from './setup.ts';

/** What a real assistant never does when it is asked to: programs in its place that say what their name says. */
const PROGRAMS: Record<string, string> = {
  silent: 'cat > /dev/null; exit 0',
  broken:
    'cat > /dev/null; echo \'{"type":"system","subtype":"init","session_id":"s"}\'; echo oh no >&2; exit 0',
  endless: 'yes \'{"type":"of tomorrow","text":"on and on and on and on and on and on"}\'',
  lingering: `cat > /dev/null; echo '{"type":"result","subtype":"success","result":"Done."}'; exec sleep 600`,
  strange: `cat > /dev/null; echo 'WARNING'; echo '{"type":"of tomorrow"}'; echo '{"type":"result","subtype":"success","result":"Done."}'; exit 3`,
  greedy: 'cat > /dev/null; while :; do head -c 10M /dev/zero > file; sleep 0.1; done',
  empty: `cat > /dev/null; echo '{"type":"result","subtype":"success","result":" "}'`,
};

let world: TestWorker;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-odd-'));
  const agents = Object.entries(PROGRAMS).map(([name, script]) => {
    const command = join(folder, name);
    writeFileSync(command, `#!/bin/sh\n${script}\n`);
    chmodSync(command, 0o755);
    return agent(name, { command });
  });
  const others = [
    agent('missing', { command: 'no-such-assistant' }),
    agent('free', { command: join(folder, 'silent'), permissions: 'all' }),
    agent('unpriced', { command: join(folder, 'strange'), model: 'a-model-that-nobody-knows' }),
    agent('member', { command: join(folder, 'strange'), billing: 'subscription', model: undefined }),
  ];
  world = await startTestWorker({
    config: { ...codingConfig('claude'), limits: { artifact_bytes: 200_000 } },
    deps: {
      roster: [...agents, ...others],
      environment: { PATH: '/usr/bin:/bin', ANTHROPIC_API_KEY: 'k' },
      sandbox: noSandbox({ limits: { disk_mb: 30 } }),
    },
  });
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const agent = (name: string, more: Partial<CodingAgentSettings>): RosterAgent => ({
  ...{ name, kind: 'coding', description: 'An assistant of a test.', capabilities: [] },
  coding: {
    ...{ driver: 'claude', model: MODEL, instructions: '', billing: 'api', permissions: 'edit' },
    ...{ max_turns: 20, max_output_tokens: 4000 },
    ...more,
  },
});

async function attempt(name: string, spec: object = {}) {
  const task = { task_id: 't', description: 'Do it', agent: name, max_attempts: 1 };
  const job = await startJob(world, { ...spec, plan: planOf([task]) });
  const view = await job.taskReaches('t', 'completed', 'failed', 'blocked');
  return { job, task: view.tasks[0]!, view };
}

describe('the end is what it says, not its exit code', () => {
  test.each([
    ['silent', 'no_end', 'without a word'],
    ['broken', 'no_end', 'without saying that it was done'],
    ['endless', 'output_too_long', 'more than limits.artifact_bytes'],
    ['empty', 'empty_answer', 'gives no result'],
    ['greedy', 'assistant_failed', 'claude wrote more than 30 MB to the disk (sandbox.disk_mb)'],
  ])('one that is %s has failed', async (name, code, words) => {
    const { task } = await attempt(name);
    expect(task).toMatchObject({
      status: 'failed',
      error: { code, message: expect.stringContaining(words) },
    });
  });

  test('what it does not know is kept, and is no error; nor is its exit code after its result', async () => {
    const { job, task } = await attempt('strange');
    expect(task).toMatchObject({ status: 'completed', output_preview: 'Done.' });
    const made = (await job.events()).find(
      ({ type, data }) => type === 'artifact.created' && data.name === 'claude.jsonl',
    );
    const kept = (await world.store.getContent(made!.data.sha256 as string)).toString();
    expect(kept).toContain('of tomorrow');
  });

  test('one that does not end after its result is ended', { timeout: 60_000 }, async () => {
    const { task } = await attempt('lingering');
    expect(task).toMatchObject({ status: 'completed', output_preview: 'Done.' });
  });
});

describe('who may work', () => {
  test('one that is not on PATH leaves its task waiting', async () => {
    const { task } = await attempt('missing');
    expect(task).toMatchObject({ status: 'blocked', reason: 'no_agent' });
  });

  test('one that may do everything works in a sandbox only', async () => {
    const { task } = await attempt('free');
    expect(task).toMatchObject({ status: 'failed', error: { code: 'command_refused' } });
    expect(task.error!.message).toContain('for a sandbox only');
  });

  test('none works in a job that may run no commands', async () => {
    const { task } = await attempt('strange', { no_commands: true });
    expect(task).toMatchObject({ status: 'failed', error: { code: 'command_refused' } });
  });

  test('a model without a price is refused in a job with a budget, and not without one', async () => {
    const { task } = await attempt('unpriced');
    expect(task).toMatchObject({ status: 'blocked', reason: 'no_provider' });
    expect((await attempt('unpriced', { budget_usd: null })).task).toMatchObject({ status: 'completed' });
  });

  test('a subscription takes no money, and its row says so', async () => {
    const { job, task, view } = await attempt('member');
    expect(task).toMatchObject({ status: 'completed', cost_usd: 0 });
    expect(view.budget.spent_usd).toBe(0);
    for (const { price } of await world.store.readLedger(job.job_id))
      expect(price?.source).toContain('subscription');
  });
});
