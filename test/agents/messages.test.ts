import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { taskWorkflowId } from '../../contracts/names.ts';
import { deliver } from '../../workflows/messages.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import {
  agentNamed,
  asked,
  callsAbout,
  replayProblems,
  synthesis,
  turn,
  use,
  useAgents,
  work,
} from './setup.ts';

const world = useAgents({ agents: [agentNamed('tester'), agentNamed('helper')] });

const untilGo = (file: string) =>
  use('bash', { command: `touch begun-${file}; while [ ! -f ${file} ]; do sleep 0.02; done` });
/** Lets the command go on that waits for the file, once it does. */
async function open(job: TestJob, file: string): Promise<void> {
  const path = (name: string) => join(world.folder, 'work', job.job_id, name);
  await until(() => existsSync(path(`begun-${file}`)), { what: `the command that waits for ${file}` });
  await writeFile(path(file), '');
}
const said = async (job: TestJob) => (await job.events()).filter(({ type }) => type === 'message');
const begun = (about: string) =>
  until(() => callsAbout(world.fake, about).length > 0, { what: `the first turn of ${about}` });
/** Waits until the workflow of a task has got so many messages: a job says what it sends before that is there. */
const arrived = (job: TestJob, taskId: string, count = 1) =>
  until(
    async () => {
      const { events } = await world.client.workflow
        .getHandle(taskWorkflowId(job.job_id, taskId))
        .fetchHistory();
      const signals = events!.map((event) => event.workflowExecutionSignaledEventAttributes?.signalName);
      return signals.filter((name) => name === deliver.name).length >= count;
    },
    { what: `${count} messages to arrive at ${taskId}` },
  );
/** How often a text stands in what the agent was sent last. */
const timesRead = (about: string, text: string): number =>
  JSON.stringify(callsAbout(world.fake, about).at(-1)!.body.messages).split(text).length - 1;

describe('a message of a person', () => {
  test('is read once, with the next turn of the running agent', async () => {
    world.fake.expect(
      turn('Paint it', { tool_use: [untilGo('go')] }, { turn: 0 }),
      turn(['Paint it', 'A person who looks after this job', 'Take blue'], { tool_use: [untilGo('go')] }),
      turn(['Paint it', 'Take blue'], { text: 'It is blue.' }, { turn: 2 }),
      synthesis(),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Paint it')]) });
    await begun('Paint it');
    const answer = await job.update('send_message', { to: 'tester', content: 'Take blue', actor: 'ada' });
    expect(answer).toMatchObject({ status: 'running', message_id: 'm-1' });
    await arrived(job, 't');
    await open(job, 'go');
    await job.reach('completed');
    expect(timesRead('Paint it', 'Take blue')).toBe(1);
    expect(await said(job)).toMatchObject([
      {
        actor: 'ada',
        data: {
          id: 'm-1',
          from_agent: 'operator',
          to_agent: 'tester',
          kind: 'message',
          content: 'Take blue',
          metadata: { from_task_id: null, to_task_ids: ['t'], content_ref: null },
        },
      },
    ]);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('to all reaches those that wait and those that have not begun', async () => {
    world.fake.expect(
      turn('Ask for paint', { tool_use: [use('ask_human', { question: 'Which?' })] }, { turn: 0 }),
      turn(['Ask for paint', 'No lead paint'], { text: 'Asked.' }, { turn: 1 }),
      turn(['Use the paint', 'No lead paint'], { text: 'Used.' }, { turn: 0 }),
      synthesis(),
    );
    const plan = planOf([
      work('first', 'Ask for paint'),
      work('then', 'Use the paint', { depends_on: ['first'] }),
    ]);
    const job = await startJob(world, { plan });
    const approval_id = await asked(job, 0);
    await job.update('send_message', { to: 'all', content: 'No lead paint' });
    await arrived(job, 'first');
    await job.update('decide_approval', { approval_id, decision: 'approve', answer: 'red' });
    await job.reach('completed');
    expect(timesRead('Ask for paint', 'No lead paint')).toBe(1);
    expect(timesRead('Use the paint', 'No lead paint')).toBe(1);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('that comes while the agent finishes is read before it ends', async () => {
    const slow = { text: 'Swept, and that is all that there was to do here. '.repeat(10), pause_ms: 500 };
    world.fake.expect(
      turn('Sweep', slow, { turn: 0 }),
      turn(['Sweep', 'The corners, too'], { text: 'With the corners.' }, { turn: 1 }),
      synthesis(),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Sweep')]) });
    await begun('Sweep');
    await job.update('send_message', { to: 't', content: 'The corners, too' });
    const done = await job.reach('completed');
    expect(done.tasks[0]).toMatchObject({ output_preview: 'With the corners.' });
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('reaches an agent that was started before the job continued as new', async () => {
    const ends = Array.from({ length: 10 }, (_, at) => ({
      task_id: `c${at}`,
      depends_on: at > 0 ? [`c${at - 1}`] : [],
    }));
    world.fake.expect(
      turn('Wait for it', { tool_use: [untilGo('go')] }, { turn: 0 }),
      turn(['Wait for it', 'here it is'], { text: 'Got it.' }, { turn: 1 }),
      synthesis(),
    );
    const plan = planOf([work('t', 'Wait for it'), ...ends]);
    const job = await startJob(world, { plan, max_workers: 2 }, { continue_after_events: 100 });
    const runId = async () => (await job.handle.describe()).runId;
    const first = await runId();
    await begun('Wait for it');
    await until(async () => (await runId()) !== first, { what: 'the job to continue as new' });
    await job.update('send_message', { to: 't', content: 'here it is' });
    await arrived(job, 't');
    await open(job, 'go');
    await job.reach('completed');
    expect(timesRead('Wait for it', 'here it is')).toBe(1);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('to nobody, or to one that reads nothing any more, is refused and says why', async () => {
    world.fake.expect(
      turn('Stay', { tool_use: [untilGo('go')] }, { turn: 0, times: 2 }),
      turn('Stay', { text: 'Stayed.' }, { turn: 1, times: 2 }),
      turn('Leave', { text: 'Left.' }),
      synthesis(),
    );
    const plan = planOf([
      work('one', 'Stay'),
      work('two', 'Stay'),
      work('gone', 'Leave', { agent: 'helper' }),
      { task_id: 'shell' },
    ]);
    const job = await startJob(world, { plan });
    await job.taskReaches('gone', 'completed');
    const refusal = (to: string) =>
      job.update('send_message', { to, content: 'Hear me' }).then(
        () => null,
        (error: { cause: { details: [{ code: string; message: string }] } }) => error.cause.details[0],
      );
    expect(await refusal('two')).toBeNull();
    expect(await refusal('nobody')).toMatchObject({
      code: 'not_found',
      message: "no task or agent of the job is called 'nobody'; there are: one, two",
    });
    expect(await refusal('gone')).toMatchObject({
      code: 'conflict',
      message: "the task 'gone' is completed; its agent reads nothing any more",
    });
    expect((await refusal('helper'))!.message).toBe(
      "the agent 'helper' has ended its tasks; it reads nothing any more",
    );
    expect((await refusal('shell'))!.message).toBe(
      "the task 'shell' is done by 'command', which reads no messages",
    );
    expect((await refusal('tester'))!.message).toBe(
      "the agent 'tester' works on several tasks: write to one of one, two",
    );
    expect(await said(job)).toHaveLength(1);
    await open(job, 'go');
    await job.reach('completed');
  });
});

describe('agents of a plan', () => {
  test('write to each other, and are told where a message does not arrive', async () => {
    world.fake.expect(
      turn(
        ['Lay the table', 'cook: Cook (helper)'],
        { tool_use: [untilGo('go'), use('send_message', { to: 'nobody', message: 'Hello?' })] },
        { turn: 0 },
      ),
      turn(
        [
          'Lay the table',
          "no task or agent of the job is called 'nobody'",
          'the address for an answer is cook',
          'Soup',
        ],
        { tool_use: [use('send_message', { to: 'cook', message: 'Then spoons' })] },
        { turn: 1 },
      ),
      turn('Lay the table', { text: 'Spoons.' }, { turn: 2 }),
      turn(
        ['Prepare the food', 'table: Lay (tester)'],
        { tool_use: [use('send_message', { to: 'tester', message: 'Soup' }), untilGo('served')] },
        { turn: 0 },
      ),
      turn(['Prepare the food', 'Then spoons'], { text: 'Soup.' }, { turn: 1 }),
      synthesis(),
    );
    const plan = planOf([
      work('table', 'Lay the table', { title: 'Lay' }),
      work('cook', 'Prepare the food', { title: 'Cook', agent: 'helper' }),
    ]);
    const job = await startJob(world, { plan });
    await until(async () => (await said(job)).length === 1, { what: 'the message of the cook' });
    await arrived(job, 'table');
    await open(job, 'go');
    await until(async () => (await said(job)).length === 2, { what: 'the answer' });
    await arrived(job, 'cook');
    await open(job, 'served');
    await job.reach('completed');
    expect((await said(job)).map(({ task_id, data }) => [task_id, data.from_agent, data.to_agent])).toEqual([
      ['cook', 'helper', 'tester'],
      ['table', 'tester', 'helper'],
    ]);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('have no tool for it where nobody else is there', async () => {
    world.fake.expect(turn('Be alone', { text: 'Alone.' }), synthesis());
    const job = await startJob(world, { plan: planOf([work('t', 'Be alone'), { task_id: 'shell' }]) });
    await job.reach('completed');
    const [call] = callsAbout(world.fake, 'Be alone');
    expect(call!.body.tools!.map(({ name }) => name)).not.toContain('send_message');
  });
});
