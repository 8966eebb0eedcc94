import { describe, expect, test } from 'vitest';
import type { LeadRequestBody } from '../../contracts/lead.ts';
import { answerRequest } from '../../core/boss/answers.ts';
import { leadPlan } from '../../core/boss/first-plan.ts';
import { progressMessage, reportToBoss } from '../../core/boss/reports.ts';
import { applyCommand, checkCommand } from '../../core/commands/index.ts';
import { INBOX_SIZE } from '../../core/messages/messages.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import { settleTask } from '../../core/schedule/settle.ts';
import { returnSlot } from '../../core/schedule/waiting.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { project } from './project.ts';
import { START } from './samples.ts';

function ask(state: JobState, wish: LeadRequestBody) {
  const { answer, events } = answerRequest(state, { request_id: 'r', wish }, START);
  schedule(state, START);
  return { ...answer!, events };
}
const delegate = (state: JobState, agent_id: string, task_description = 'Do it', context?: string) =>
  ask(state, { wish: 'delegate', agent_id, task_description, ...(context ? { context } : {}) });
const create = (state: JobState, fields: Partial<Extract<LeadRequestBody, { wish: 'create' }>> = {}) =>
  ask(state, {
    wish: 'create',
    name: 'eve',
    role: 'worker',
    specialty: 'coder',
    system_prompt: 'You sew.',
    ...fields,
  });

function ends(state: JobState, task_id: string, text = 'done'): void {
  const { generation, attempt, agent } = state.tasks[task_id]!;
  const output = { preview: text, bytes: text.length, text };
  const outcome = { status: 'completed' as const, output, artifacts: [] };
  settleTask(state, { task_id, generation, attempt, agent, worker: 'w', outcome }, START);
  reportToBoss(state, START);
}

describe('delegate_task', () => {
  test('returns at once with the id of the task; the first approval covers it', () => {
    const state = project();
    const { text, is_error, events } = delegate(state, 'ann', 'Saw the planks\nall of them');
    expect({ text, is_error }).toEqual({
      text: 'Delegated to ann as the task ann-1. Its result reaches you by itself.',
      is_error: false,
    });
    expect(events.map(({ type }) => type)).toEqual(['plan.edited', 'job.approved', 'message']);
    expect(state.plan).toMatchObject({ version: 2, source: 'boss' });
    expect(state.approved_version).toBe(2);
    expect(state.tasks['ann-1']!.status).toBe('running');
    expect(state.plan!.tasks[1]).toMatchObject({ title: 'Saw the planks', agent: 'ann', depends_on: [] });
  });

  test('hands on what is done and named', () => {
    const state = project();
    delegate(state, 'ann');
    delegate(state, 'bob');
    ends(state, 'ann-1');
    delegate(state, 'cid', 'Go on from ann-1, not from bob-1', 'and not from nobody-1');
    expect(state.plan!.tasks.at(-1)).toMatchObject({ task_id: 'cid-1', depends_on: ['ann-1'] });
    expect(state.plan!.tasks.at(-1)!.description).toContain(
      'What you should know for it:\n\nand not from nobody-1',
    );
  });

  test.each([
    ['nobody', "the project has no agent 'nobody'; there are: ann, bob, cid"],
    ['general', "the project has no agent 'general'"],
    ['boss', 'that is you'],
  ])('to %s is refused, and says why', (agent, why) => {
    const state = project();
    const { text, is_error, events } = delegate(state, agent);
    expect(is_error).toBe(true);
    expect(text).toContain(why);
    expect(events).toEqual([]);
    expect(state.plan!.tasks).toHaveLength(1);
  });

  test('goes as far as the tasks of a job, and as what they say', () => {
    const few = project(2, 3);
    delegate(few, 'ann');
    delegate(few, 'ann');
    expect(delegate(few, 'ann')).toMatchObject({ is_error: true, cap: 'task_limit' });
    const long = project();
    for (let count = 0; count < 30; count += 1) delegate(long, 'ann', 'x'.repeat(16_000));
    expect(delegate(long, 'ann', 'x'.repeat(16_000))).toMatchObject({ is_error: true, cap: 'task_limit' });
    expect(JSON.stringify(long.plan).length).toBeLessThan(600_000);
  });

  test('waits for a person where every version does, and tells the boss when it is rejected', () => {
    const state = project(2, 500, { approval: 'every_version' });
    expect(delegate(state, 'ann').text).toContain('it begins once a person has approved it');
    expect(state.phase).toBe('awaiting_approval');
    state.snapshot_version = state.plan!.version;
    const { events } = applyCommand(state, 'reject', { reason: 'too dear' }, START);
    expect(events.at(-1)).toMatchObject({ type: 'message', data: { kind: 'error', to_agent: 'boss' } });
    expect(state.tasks.boss!.inbox!.at(-1)!.content).toContain('The task ann-1 was not approved');
    expect(Object.keys(state.tasks)).toEqual(['boss']);
  });
});

test('check_agent_status says who does what, and of nobody else', () => {
  const state = project();
  delegate(state, 'ann', 'Saw the planks');
  progressMessage(state, 'ann-1', { status: 'blocked', message: 'Which?' }, START);
  returnSlot(state, 'ann-1', null, '');
  delegate(state, 'bob', 'Paint it');
  ends(state, 'bob-1');
  expect(ask(state, { wish: 'status' }).text).toBe(
    [
      '- ann (general): working\n  - ann-1: Saw the planks: running, is waiting for you',
      '- bob (general): done\n  - bob-1: Paint it: completed',
      '- cid (general): idle',
    ].join('\n'),
  );
  expect(ask(state, { wish: 'status', agent_id: 'bob' }).text).not.toContain('ann');
  expect(ask(state, { wish: 'status', agent_id: 'general' })).toMatchObject({ is_error: true });
});

test('send_agent_message reaches every task of an agent, lets it go on, and is taken into account; others are refused', () => {
  const state = project();
  delegate(state, 'ann');
  delegate(state, 'ann');
  progressMessage(state, 'ann-1', { status: 'blocked', message: 'Which?' }, START);
  expect(state.tasks['ann-1']!.awaits_message).toBe(true);
  const sent = ask(state, { wish: 'say', to_agent: 'ann', message: 'The left one' });
  expect(sent).toMatchObject({ text: 'Sent.', events: [{ data: { kind: 'message', to_agent: 'ann' } }] });
  expect(state.tasks['ann-1']!.awaits_message).toBeUndefined();
  for (const id of ['ann-1', 'ann-2'])
    expect(state.tasks[id]!.inbox).toMatchObject([{ content: 'The left one', steers: true }]);
  expect(ask(state, { wish: 'say', to_agent: 'cid', message: 'x' }).text).toContain(
    "the agent 'cid' has no task now",
  );
  expect(ask(state, { wish: 'say', to_agent: 'general', message: 'x' }).text).toContain(
    "is called 'general'",
  );
});

test('of too many messages to a boss only the oldest word that a worker is working gives way', () => {
  const state = project();
  delegate(state, 'ann');
  delegate(state, 'bob');
  const says = (task_id: string, status: string, message: string) =>
    progressMessage(state, task_id, { status, message }, START);
  says('bob-1', 'working', 'bob is at it');
  for (let count = 1; count <= INBOX_SIZE; count += 1) says('ann-1', 'working', `${count} planks`);
  says('ann-1', 'done', 'the last plank');
  says('bob-1', 'error', 'no paint');
  const waiting = state.tasks.boss!.inbox!.map(({ content }) => content);
  expect(waiting).toHaveLength(INBOX_SIZE);
  expect(waiting.slice(-3)).toEqual([`${INBOX_SIZE} planks`, 'the last plank', 'no paint']);
  expect(waiting).not.toContain('1 planks');
  expect(waiting).not.toContain('bob is at it');
});

describe('create_sub_agent', () => {
  test('adds a worker with tools that its specialty and the boss have', () => {
    const state = project();
    expect(create(state).text).toBe('The agent eve (coder) belongs to the project now; delegate to it.');
    expect(state.spec.agents!.at(-1)).toMatchObject({
      agent_id: 'eve',
      role: 'worker',
      created: true,
      tools: ['bash', 'read_file'],
    });
    expect(delegate(state, 'eve').is_error).toBe(false);
    expect(state.tasks['eve-1']!.status).toBe('running');
  });

  test.each([
    ['a name of another form', { name: 'Eve Smith' }, "the name 'Eve Smith'"],
    ['the name of a member', { name: 'ann' }, "there is an agent 'ann' already"],
    ['the name of another agent', { name: 'coder' }, "there is an agent 'coder' already"],
    ['the name of everybody', { name: 'all' }, "'all' is reserved"],
    ['another boss', { role: 'boss' }, 'only workers can be created'],
    ['an unknown specialty', { specialty: 'wizard' }, "there is no specialty 'wizard'; there are: coder"],
  ])('refuses %s', (_, fields, why) => {
    const state = project();
    const { text, is_error } = create(state, fields);
    expect({ text, is_error }).toEqual({ text: expect.stringContaining(why), is_error: true });
    expect(state.spec.agents).toHaveLength(3);
  });

  test('goes as far as limits.max_agents', () => {
    const state = project();
    for (const name of ['dee', 'eve']) expect(create(state, { name }).is_error).toBe(false);
    expect(create(state, { name: 'fay' })).toMatchObject({ is_error: true, cap: 'agent_limit' });
  });
});

describe('the task of the boss', () => {
  test('stays: it cannot be skipped, nor taken out of the plan', () => {
    const state = project();
    expect(checkCommand(state, 'skip_task', { task_id: 'boss' })!.message).toContain('cannot be skipped');
    expect(
      checkCommand(state, 'change_plan', { add: [], change: [], drop: ['boss'] })!.fields!.map(
        ({ issue }) => issue,
      ),
    ).toContain("the task 'boss' leads the job and has to stay");
  });

  test('is told what a person had to say of the plan', () => {
    const { plan, spec } = project();
    expect(leadPlan(spec, plan, 'Be quick').tasks[0]!.description).toBe(
      'to be done\n\nWhat a person says about it:\nBe quick',
    );
  });
});
