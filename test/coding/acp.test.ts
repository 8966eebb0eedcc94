import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import type { RosterAgent } from '../../contracts/config.ts';
import { assistantProgramOf } from '../setup/assistants.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import type { AssistantFake } from './fake.ts';
import { codingOptions, environmentFor, fakeFor } from './setup.ts';

/** Agents that speak the protocol as no agent should, by what they answer: lines for each method that they are asked. */
const ODD: Record<string, string> = {
  mute: 'sleep 600',
  nameless: `read line; echo '{"jsonrpc":"2.0","id":0,"result":{}}'; read line; echo '{"jsonrpc":"2.0","id":2,"result":{}}'; read line`,
  rude: `read line; echo '{"jsonrpc":"2.0","id":0,"error":{"code":-32000,"message":"log in first"}}'; sleep 600`,
  curious: [
    `read line; echo '{"jsonrpc":"2.0","id":0,"result":{}}'`,
    `read line; echo '{"jsonrpc":"2.0","id":2,"result":{"sessionId":"s"}}'`,
    `read line; echo '{"jsonrpc":"2.0","id":5,"method":"fs/read_text_file","params":{"path":"/etc/shadow"}}'`,
    `read line; printf '%s' "$line" > answer.txt`,
    `echo '{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"Done."}}}}'`,
    `echo '{"jsonrpc":"2.0","id":3,"result":{"stopReason":"end_turn"}}'; read line`,
  ].join('; '),
};

let world: TestWorker;
let fake: AssistantFake;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-acp-'));
  fake = await fakeFor('opencode');
  const odd = Object.entries(ODD).map(([name, script]) => {
    const command = join(folder, name);
    writeFileSync(command, `#!/bin/sh\n${script}\n`);
    chmodSync(command, 0o755);
    return agent(name, { command });
  });
  const program = {
    command: assistantProgramOf('opencode').path,
    args: ['acp'],
    variables: ['ANTHROPIC_API_KEY', 'OPENCODE_CONFIG_CONTENT'],
  };
  const config = {
    model: 'anthropic/claude-sonnet-5',
    provider: { anthropic: { options: { baseURL: `${fake.url}/v1` } } },
    ...{ autoupdate: false, share: 'disabled', agent: { title: { disable: true } } },
    permission: { bash: 'ask' },
    experimental: { continue_loop_on_deny: true },
  };
  const options = codingOptions('opencode', fake, [...odd, agent('other', program)]);
  const environment = {
    ...options.deps!.environment,
    ...environmentFor('opencode', fake),
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
  };
  world = await startTestWorker({ ...options, deps: { ...options.deps, environment } });
});
afterAll(async () => {
  await world?.close();
  await fake?.close();
  rmSync(folder, { recursive: true, force: true });
});

const agent = (name: string, more: Partial<CodingAgentSettings>): RosterAgent => ({
  ...{ name, kind: 'coding', description: 'An assistant of a test.', capabilities: [] },
  coding: {
    ...{ driver: 'acp', instructions: '', billing: 'api', permissions: 'edit' },
    ...{ max_turns: 20, max_output_tokens: 4000 },
    ...more,
  },
});

const start = (name: string, spec: object = {}, task: object = {}) =>
  startJob(world, {
    ...{ budget_usd: null, ...spec },
    plan: planOf([{ task_id: 't', description: 'Do what is asked', agent: name, max_attempts: 1, ...task }]),
  });

test('any agent of the protocol works on a task, refused what its rights do not cover', async () => {
  const job = await start('other');
  const path = join(world.deps.work_dir, job.job_id, 'a.txt');
  fake.expect('Do what is asked', 0, { text: 'I write.', write: { path, content: 'made' } });
  fake.expect('Do what is asked', 1, { text: 'I run.', command: `sh -c 'echo ran > ${path}'` });
  fake.expect('Do what is asked', 2, { text: 'Written, not run.' });
  const view = await job.reach('completed', 'failed', 'needs_review');
  expect(view.tasks[0]).toMatchObject({ status: 'completed', output_preview: 'Written, not run.' });
  expect(await readFile(path, 'utf8')).toBe('made');
  fake.assertDone();
});

test('one that does not tell what it uses is not started where a budget has to hold', async () => {
  const job = await start('other', { budget_usd: 1 });
  const view = await job.taskReaches('t', 'blocked');
  expect(view.tasks[0]).toMatchObject({ reason: 'no_provider' });
  const blocked = (await job.events()).find(({ type }) => type === 'task.blocked');
  expect(JSON.stringify(blocked)).toMatch(/`other` does not tell what it uses.*billing: subscription/);
});

test.each([
  ['nameless', 'assistant_failed', 'gives its conversation no id'],
  ['rude', 'provider_auth', 'log in first'],
])('%s fails, and says why', async (name, code, message) => {
  const job = await start(name);
  const view = await job.taskReaches('t', 'failed');
  expect(view.tasks[0]!.error).toMatchObject({ code, message: expect.stringContaining(message) });
});

test('one that never says a word ends with the time of its task', async () => {
  const job = await start('mute', {}, { timeout_seconds: 3 });
  const view = await job.taskReaches('t', 'failed');
  expect(view.tasks[0]!.error).toMatchObject({ code: 'timeout' });
});

test('one that wants files of the host gets none by us', async () => {
  const job = await start('curious');
  const view = await job.taskReaches('t', 'completed', 'failed');
  expect(view.tasks[0]).toMatchObject({ status: 'completed', output_preview: 'Done.' });
  const answer = await until(() =>
    readFile(join(world.deps.work_dir, job.job_id, 'answer.txt'), 'utf8').catch(() => undefined),
  );
  expect(JSON.parse(answer)).toMatchObject({ id: 5, error: { code: -32601 } });
});
