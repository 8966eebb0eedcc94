import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { taskWorkflowId } from '../../contracts/names.ts';
import { collectRuns } from '../replay/collect.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import {
  agentNamed,
  asked,
  asker,
  callsAbout,
  lastMessage,
  replayProblems,
  synthesis,
  turn,
  use,
  useAgents,
  work,
} from './setup.ts';

const world = useAgents({
  config: { tools: { approval_expires_seconds: 2 } },
  agents: [agentNamed('tester'), asker()],
});

const pathOf = (job: TestJob, name: string) => join(world.folder, 'work', job.job_id, name);
const bash = (command: string) => use('bash', { command });
const runId = async (job: TestJob) => (await job.handle.describe()).runId;

describe('calls that wait for leave', () => {
  test('are told after the time given that nobody decided, and nothing was done', async () => {
    world.fake.expect(
      turn('Nobody is there', { tool_use: [bash('touch done')] }),
      turn(['Nobody is there', 'Nobody decided in time'], { text: 'Then not.' }),
      synthesis(),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Nobody is there', { agent: 'asker' })]) });
    const id = await asked(job, 0);
    const done = await job.reach('completed');
    expect(done.tasks[0]).toMatchObject({ output_preview: 'Then not.', attempt: 1 });
    const expired = (await job.events()).filter(({ type }) => type === 'approval.expired');
    expect(expired).toMatchObject([{ task_id: 't', data: { approval_id: id } }]);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('of one turn wait beside each other, and each gets its own decision', async () => {
    world.fake.expect(
      turn('Ask for three', {
        tool_use: [bash('echo one'), bash('echo two'), bash('echo three')],
      }),
      turn('Ask for three', { text: 'I see.' }),
      synthesis(),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Ask for three', { agent: 'asker' })]) });
    await asked(job, 2);
    const waiting =
      await job.handle.query<{ approval_id: string; arguments: { command: string } }[]>('approvals');
    const idOf = (command: string) => waiting.find((one) => one.arguments.command === command)!.approval_id;
    await Promise.all([
      job.update('decide_approval', {
        approval_id: idOf('echo three'),
        decision: 'approve',
        // the API refuses that; whoever writes to Temporal itself has the agent told
        arguments: { cmd: 'echo three' },
      }),
      job.update('decide_approval', { approval_id: idOf('echo one'), decision: 'deny', reason: 'not one' }),
      job.update('decide_approval', {
        approval_id: idOf('echo two'),
        decision: 'approve',
        arguments: { command: 'echo TWO' },
      }),
    ]);
    await job.reach('completed');
    const [, second] = callsAbout(world.fake, 'Ask for three');
    const results = second!.body.messages.at(-1)!.content as { content: string; is_error?: boolean }[];
    expect(results.map(({ content }) => content)).toEqual([
      expect.stringContaining('not one'),
      'TWO',
      expect.stringMatching(/A person approved this call with different arguments.*cmd: unknown field/s),
    ]);
    expect(results.map(({ is_error }) => is_error ?? false)).toEqual([true, false, true]);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('a decision counts once: the second answer to it is refused', async () => {
    world.fake.expect(
      turn('Ask once', { tool_use: [use('ask_human', { question: 'Which?' })] }),
      turn(['Ask once', 'this one'], { text: 'So be it.' }),
      synthesis(),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Ask once')]) });
    const approval_id = await asked(job, 0);
    const decide = (answer: string) =>
      job.update('decide_approval', { approval_id, decision: 'approve', answer });
    await decide('this one');
    await expect(decide('the other')).rejects.toThrow();
    await job.reach('completed');
  });
});

describe('a question beside a command that runs', () => {
  const both = (question: string, command: string) => ({
    tool_use: [use('ask_human', { question }), bash(command)],
  });
  const untilGo = 'touch begun; while [ ! -f go ]; do sleep 0.05; done';

  test('keeps slot and money until the command has ended', async () => {
    world.fake.expect(
      turn('Ask and work', both('Which?', untilGo), { turn: 0 }),
      turn(['Ask and work', 'this one'], { text: 'Both done.' }),
      synthesis(),
    );
    const plan = planOf([work('t', 'Ask and work'), { task_id: 'other' }]);
    const job = await startJob(world, { plan, max_workers: 1 });
    const approval_id = await asked(job, 0);
    await until(() => existsSync(pathOf(job, 'begun')), { what: 'the command' });
    const view = await job.status();
    expect(view.tasks.map(({ status }) => status)).toEqual(['running', 'pending']);
    expect(view.budget.reserved_usd).toBeGreaterThan(0);
    await writeFile(pathOf(job, 'go'), '');
    const later = await job.taskReaches('other', 'completed');
    expect(later.tasks[0]).toMatchObject({ status: 'running', reason: 'waiting_for_person' });
    expect(later.budget.reserved_usd).toBe(0);
    await job.update('decide_approval', { approval_id, decision: 'approve', answer: 'this one' });
    expect((await job.reach('completed')).tasks[0]).toMatchObject({ output_preview: 'Both done.' });
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('does not stop the clock of the command', async () => {
    world.fake.expect(turn('Ask and wait', both('Which?', 'sleep 300')));
    const task = work('t', 'Ask and wait', { max_attempts: 1, timeout_seconds: 3 });
    const job = await startJob(world, { plan: planOf([task]) });
    const view = await job.reach('needs_review');
    expect(view.tasks[0]).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
    await job.update('cancel');
    await job.result();
  });
});

describe('an agent in a job that is paused', () => {
  test('ends its tool call and begins no turn until the job is resumed', async () => {
    world.fake.expect(
      turn('Pause here', { tool_use: [bash('touch begun; while [ ! -f go ]; do sleep 0.02; done')] }),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Pause here')]) });
    await until(() => callsAbout(world.fake, 'Pause here').length === 1);
    await job.update('pause');
    await job.reach('paused');
    const taskId = taskWorkflowId(job.job_id, 't');
    const typesOf = async () => {
      const runs = await collectRuns(world.client, [taskId]);
      return runs[0]!.events.map(({ eventType }) => String(eventType));
    };
    await until(async () => (await typesOf()).some((type) => type.includes('EXECUTION_SIGNALED')), {
      what: 'the task to hear of the pause',
    });
    await until(() => existsSync(pathOf(job, 'begun')), { what: 'the command' });
    await writeFile(pathOf(job, 'go'), '');
    // the result is in, the workflow has looked at it, and nothing was begun
    await until(
      async () => {
        const types = await typesOf();
        const last = types.lastIndexOf('EVENT_TYPE_ACTIVITY_TASK_COMPLETED');
        return (
          types.filter((type) => type === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED').length ===
            types.filter((type) => type === 'EVENT_TYPE_ACTIVITY_TASK_COMPLETED').length &&
          types.slice(last).includes('EVENT_TYPE_WORKFLOW_TASK_COMPLETED')
        );
      },
      { what: 'the task to stand still' },
    );
    expect(callsAbout(world.fake, 'Pause here')).toHaveLength(1);
    world.fake.expect(turn('Pause here', { text: 'On it goes.' }), synthesis());
    await job.update('resume');
    expect((await job.reach('completed')).tasks[0]).toMatchObject({ output_preview: 'On it goes.' });
    expect(await replayProblems(world, job)).toEqual([]);
  });
});

describe('a job that continues as new while its agents wait', () => {
  const often = { continue_after_events: 40, adopted_check_seconds: 1 };
  const chain = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      task_id: `c${index}`,
      depends_on: index === 0 ? [] : [`c${index - 1}`],
    }));

  test('keeps the questions, and answers reach the agents', async () => {
    world.fake.expect(
      turn('Ask across', {
        tool_use: [use('ask_human', { question: 'Left?' }), use('ask_human', { question: 'Right?' })],
      }),
      turn(['Ask across', 'left it is', 'right it is'], { text: 'Both.' }),
      synthesis(),
    );
    const plan = planOf([work('t', 'Ask across'), ...chain(8)]);
    const job = await startJob(world, { plan, max_workers: 2 }, often);
    const first = await runId(job);
    const [left, right] = [await asked(job, 0), await asked(job, 1)];
    await job.taskReaches('c7', 'completed');
    await until(async () => (await runId(job)) !== first, { what: 'the job to continue as new' });
    const waiting = await job.handle.query<{ approval_id: string; prompt: string }[]>('approvals');
    expect(waiting.map(({ approval_id }) => approval_id).toSorted()).toEqual([left, right].toSorted());
    for (const { approval_id, prompt } of waiting) {
      const answer = prompt === 'Left?' ? 'left it is' : 'right it is';
      await job.update('decide_approval', { approval_id, decision: 'approve', answer });
    }
    expect((await job.reach('completed')).tasks[0]).toMatchObject({ output_preview: 'Both.' });
    expect(lastMessage(callsAbout(world.fake, 'Ask across')[1]!)).toContain('right it is');
    const requested = (await job.events()).filter(({ type }) => type === 'approval.requested');
    expect(requested).toHaveLength(2);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('neither pause nor resume gets lost in between', async () => {
    const turns = 12;
    world.fake.expect(
      ...Array.from({ length: turns }, (_, index) =>
        turn('Keep going', { tool_use: [use('glob', { pattern: `*${index}` })] }, { turn: index }),
      ),
      turn('Keep going', { text: 'Got there.' }, { turn: turns }),
      synthesis(),
    );
    const plan = planOf([work('t', 'Keep going'), ...chain(6)]);
    const job = await startJob(world, { plan, max_workers: 2 }, often);
    await job.taskReaches('t', 'running');
    const first = await runId(job);
    for (let round = 0; round < 15; round += 1) {
      await job.update('pause');
      await job.update('resume');
    }
    await until(async () => (await runId(job)) !== first, { what: 'the job to continue as new' });
    expect((await job.reach('completed')).tasks[0]).toMatchObject({ output_preview: 'Got there.' });
  });
});
