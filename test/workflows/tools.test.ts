import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { readTranscript } from '../../store/content/conversations.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

const KEY = 'sk-ant-fake-0123456789';
let fake: FakeAnthropic;
let worker: TestWorker;
beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: KEY });
  worker = await startTestWorker({
    env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: fake.url },
    config: { models: { max_output_tokens: 1000 } },
  });
});
afterAll(async () => {
  await worker.close();
  await fake.close();
});
afterEach(() => fake.assertDone());

let ids = 0;
const use = (name: string, input: object) => {
  ids += 1;
  return { id: `toolu_${ids}`, name, input: input as Record<string, unknown> };
};
/** A turn of the task whose description names `about`. */
const turn = (about: string, reply: object, rest: object = {}) => ({
  prompt_includes: about,
  structured: false,
  ...rest,
  reply: { type: 'message' as const, ...reply },
});
const synthesis = {
  system_includes: 'write the report',
  structured: false,
  reply: { type: 'message' as const, text: 'Done.' },
};
const work = (description: string, rest: object = {}) => ({
  task_id: 'work',
  agent: 'coder',
  description,
  ...rest,
});

/** The journal of the job has replayed, and what it says of the task. */
async function ended(job: TestJob, status: 'completed' | 'needs_review') {
  const view = await job.reach(status);
  return view.tasks[0]!;
}

describe('an agent with tools', () => {
  test('works in turns: calls of one turn at once, each result told, until it finishes', async () => {
    fake.expect(
      synthesis,
      turn('Count the words', {
        text: 'I write it down first.',
        tool_use: [
          use('write_file', { file_path: 'a.txt', content: 'one two three' }),
          use('write_file', { file_path: 'b.txt', content: 'four' }),
        ],
      }),
      turn('Count the words', { tool_use: [use('grep', { pattern: 'o', path: '.' })] }),
      turn('a.txt', {
        tool_use: [use('save_artifact', { name: 'words.txt', content: 'four words' })],
      }),
      turn('words.txt', { tool_use: [use('finish', { result: 'There are four words.' })] }),
    );
    const job = await startJob(worker, { plan: planOf([work('Count the words')]) });
    const task = await ended(job, 'completed');
    expect(task).toMatchObject({ output_preview: 'There are four words.', agent: 'coder' });
    const written = await readFile(join(worker.folder, 'work', job.job_id, 'a.txt'), 'utf8');
    expect(written).toBe('one two three');
    const artifacts = (await job.events()).filter(({ type }) => type === 'artifact.created');
    expect(artifacts.map(({ data }) => data.name)).toContain('words.txt');
    const said = await readTranscript(worker.store, task.conversation);
    expect(said.map(({ role }) => role)).toEqual([
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    const ledger = await worker.store.readLedger(job.job_id);
    expect(ledger.filter(({ purpose }) => purpose === 'task')).toHaveLength(4);
    await expectMoneyAddsUp(job);
    await expectReplays(job);
  });

  test('a call that it may not make, or with wrong arguments, is told, and nothing happens', async () => {
    fake.expect(
      synthesis,
      turn('Try this', { tool_use: [use('launch_rocket', {}), use('read_file', { file: 1 })] }),
      turn('You have no tool', { text: 'I cannot.' }),
    );
    const job = await startJob(worker, { plan: planOf([work('Try this')]) });
    expect(await ended(job, 'completed')).toMatchObject({ output_preview: 'I cannot.' });
  });

  test('the same call with the same result is told at the third time, and ends the attempt at the fourth', async () => {
    const again = () => ({ tool_use: [use('glob', { pattern: '*.nothing' })] });
    fake.expect(
      turn('Look for it', again()),
      turn('Look for it', again()),
      turn('Look for it', again()),
      turn('with the same arguments 3 times', again()),
    );
    const job = await startJob(worker, { plan: planOf([work('Look for it', { max_attempts: 1 })]) });
    expect(await ended(job, 'needs_review')).toMatchObject({ status: 'failed', error: { code: 'stuck' } });
    await job.update('cancel');
  });
});

describe('an agent and people', () => {
  test('a question waits without a slot and is answered', async () => {
    fake.expect(
      synthesis,
      turn('Pick a colour', { tool_use: [use('ask_human', { question: 'Red or blue?' })] }),
      turn('the blue one', { text: 'Blue it is.' }),
    );
    const job = await startJob(worker, { max_workers: 1, plan: planOf([work('Pick a colour')]) });
    const [waiting] = await until(
      () => job.handle.query<{ approval_id: string; kind: string }[]>('approvals'),
      {
        what: 'the question',
      },
    ).then(async (found) =>
      found.length > 0
        ? found
        : until(
            async () => {
              const list = await job.handle.query<{ approval_id: string; kind: string }[]>('approvals');
              return list.length > 0 && list;
            },
            { what: 'the question' },
          ),
    );
    expect(waiting).toMatchObject({ kind: 'question', prompt: 'Red or blue?', task_id: 'work' });
    expect((await job.status()).tasks[0]).toMatchObject({ status: 'running', reason: 'waiting_for_person' });
    await expect(
      job.update('decide_approval', { approval_id: waiting!.approval_id, decision: 'approve' }),
    ).rejects.toThrow();
    await job.update('decide_approval', {
      approval_id: waiting!.approval_id,
      decision: 'approve',
      answer: 'the blue one',
    });
    expect(await ended(job, 'completed')).toMatchObject({ output_preview: 'Blue it is.' });
    await expectReplays(job);
  });

  test('a risky call waits for leave; denied with a reason, it is not made', async () => {
    fake.expect(
      synthesis,
      turn('Clean up', { tool_use: [use('bash', { command: 'echo gone > gone.txt' })] }),
      turn('not on a Friday', { tool_use: [use('bash', { command: 'echo a > a.txt' })] }),
      turn('wrote b', { text: 'Done as you said.' }),
    );
    const job = await startJob(worker, { plan: planOf([work('Clean up')]) });
    const asked = async (index: number) =>
      until(
        async () =>
          (await job.events()).filter(({ type }) => type === 'approval.requested')[index]?.data as {
            approval_id: string;
          },
        { what: `request ${index}` },
      );
    await job.update('decide_approval', {
      approval_id: (await asked(0)).approval_id,
      decision: 'deny',
      reason: 'not on a Friday',
    });
    await job.update('decide_approval', {
      approval_id: (await asked(1)).approval_id,
      decision: 'approve',
      arguments: { command: 'echo b > b.txt; echo wrote b' },
    });
    await ended(job, 'completed');
    const said = JSON.stringify(
      await readTranscript(worker.store, (await job.status()).tasks[0]!.conversation),
    );
    expect(said).toContain('not on a Friday');
  });
});

/** Every lease is settled, and the ledger says the same as the budget. */
async function expectMoneyAddsUp(job: TestJob): Promise<void> {
  const { budget } = await job.status();
  const rows = await worker.store.readLedger(job.job_id);
  const cost = rows.reduce((sum, row) => sum + row.cost_usd, 0);
  expect(budget.reserved_usd).toBe(0);
  expect(budget.spent_usd).toBeCloseTo(cost, 8);
}

async function expectReplays(job: TestJob): Promise<void> {
  const runs = await collectRuns(worker.client, [job.handle.workflowId]);
  expect(await replay(runs, inject('workflowBundle')!)).toEqual([]);
}
