import { afterAll, expect, test } from 'vitest';
import type { JobSpec } from '../../contracts/spec.ts';
import {
  callsAbout,
  fault,
  lastMessage,
  replayProblems,
  synthesis,
  turn,
  use,
  useAgents,
} from '../agents/setup.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { addsTo, approvalsOf, decide, decisionAsked } from './clash.ts';
import { changesOf, personWith } from './person.ts';
import { ANY_SOURCE, inSource, makeSource } from './source.ts';

const world = useAgents({ config: ANY_SOURCE });
const removes: (() => void)[] = [];
afterAll(() => {
  for (const remove of removes) remove();
});

const resultOf = (job_id: string) => `orchestrator/${job_id}/result`;
const RESOLVES = '# Your task: Resolve the conflict of';
const reads = use('read_file', { file_path: 'a.txt' });
const writes = (content: string) => use('write_file', { file_path: 'a.txt', content });
const fails = () =>
  fault(RESOLVES, {
    type: 'error',
    status: 400,
    error_type: 'invalid_request_error',
    message: 'it can not be done',
  });

/** Two commands change the same line, in a job that has agents with a model. */
async function clash(spec: Partial<JobSpec> = {}, max_attempts = 3) {
  const source = makeSource({ 'a.txt': 'a\n' });
  removes.push(source.remove);
  const tasks = ['one', 'two'].map((task_id) => ({ ...addsTo(task_id), max_attempts }));
  const job = await startJob(world, {
    ...inSource(source, { avoid_conflicts: false }),
    plan: planOf(tasks),
    ...spec,
  });
  return { source, job };
}

test('an agent gets both, with marks, as a task of its own; its work lands, and with it that which did not merge', async () => {
  world.fake.expect(
    turn(RESOLVES, { tool_use: [reads] }, { turn: 0 }),
    turn([RESOLVES, '<<<<<<<', '|||||||', '>>>>>>>'], { tool_use: [writes('a one and two\n')] }, { turn: 1 }),
    turn(RESOLVES, { text: 'Both names are there.' }, { turn: 2 }),
    synthesis(),
  );
  const { source, job } = await clash();
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'a.txt')).toBe('a one and two');
  const view = await job.status();
  const conflict = (await job.events()).find(({ type }) => type === 'merge.conflict')!;
  expect(conflict.data).toMatchObject({ files: ['a.txt'], resolver: 'resolve-1' });
  expect(view.tasks.map(({ task_id, status, repository }) => [task_id, status, repository!.merge])).toEqual(
    ['one', 'two', 'resolve-1'].map((task_id) => [task_id, 'completed', 'landed']),
  );
  // what was done is in the history of the branch, of both
  for (const { task_id, repository } of view.tasks)
    expect(
      source.git('merge-base', repository!.head_sha!, view.repository!.head_sha!),
      `the work of ${task_id}`,
    ).toBe(repository!.head_sha);
  expect(await approvalsOf(job)).toEqual([]);
  const [first] = callsAbout(world.fake, RESOLVES);
  for (const text of ['Write one', 'Write two', '`a.txt`']) expect(lastMessage(first!)).toContain(text);
  expect(await replayProblems(world, job)).toEqual([]);
});

test('marks that are left are refused, and the agent is told where', async () => {
  world.fake.expect(
    turn(RESOLVES, { text: 'Nothing to do.' }, { turn: 0 }),
    turn(
      [RESOLVES, 'Marks of conflicts are left in', 'a.txt'],
      { tool_use: [writes('a one two\n')] },
      { turn: 0 },
    ),
    turn(RESOLVES, { text: 'Done.' }, { turn: 1 }),
    synthesis(),
  );
  const { source, job } = await clash();
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'a.txt')).toBe('a one two');
  const view = await job.status();
  expect(view.tasks.find(({ task_id }) => task_id === 'resolve-1')).toMatchObject({ attempt: 2 });
});

test('one that fails for good is told to a person, who may have another agent do it', async () => {
  world.fake.expect(fails());
  const { source, job } = await clash({}, 1);
  const asked = await decisionAsked(job);
  const requests = async () => (await job.events()).filter(({ type }) => type === 'approval.requested');
  const [request] = await until(async () => ((await requests()).length > 0 ? requests() : undefined), {
    what: 'the request',
  });
  expect(request).toMatchObject({ task_id: asked.task_id, data: { approval_id: asked.approval_id } });
  world.fake.expect(
    turn(RESOLVES, { tool_use: [writes('a two one\n')] }, { turn: 0 }),
    turn(RESOLVES, { text: 'Done.' }, { turn: 1 }),
    synthesis(),
  );
  await decide(job, asked, 'use_agent', { arguments: { agent: 'general' } });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'a.txt')).toBe('a two one');
  const view = await job.status();
  expect(view.tasks.map(({ task_id, status, agent }) => [task_id, status, agent]).slice(2)).toEqual([
    ['resolve-1', 'skipped', 'coder'],
    ['resolve-2', 'completed', 'general'],
  ]);
  expect(await requests()).toHaveLength(1);
});

test('the same in a job that a failed task ends: a person is asked, and the end of the job says where the work is', async () => {
  world.fake.expect(fails());
  const { source, job } = await clash({ on_task_failure: 'fail' }, 1);
  const { task_id } = await decisionAsked(job);
  await job.update('cancel', {});
  expect(await job.result()).toMatchObject({ status: 'cancelled' });
  const { warnings } = await job.status();
  expect(warnings).toContainEqual(
    expect.stringContaining(`orchestrator fetch ${job.job_id} --task ${task_id}`),
  );
  expect(warnings).toContainEqual(expect.stringContaining(`gets ${resultOf(job.job_id)}`));
  const { tasks, head_bundle } = await changesOf(job);
  const person = personWith(source);
  removes.push(person.remove);
  person.fetch(await world.store.getContent(head_bundle!));
  const work = person.fetch(await world.store.getContent(tasks[task_id!]!.bundle!));
  expect(person.git('show', `${work}:a.txt`)).toBe(`a+${task_id}`);
});

test('the same skipped, what was to be brought together is left out with whoever was to do it', async () => {
  world.fake.expect(fails(), synthesis());
  const { source, job } = await clash({}, 1);
  const asked = await decisionAsked(job);
  await decide(job, asked, 'skip');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const left = asked.task_id === 'one' ? 'two' : 'one';
  expect(source.show(resultOf(job.job_id), 'a.txt')).toBe(`a+${left}`);
  const { tasks } = await job.status();
  expect(tasks.filter(({ status }) => status === 'skipped').map(({ task_id }) => task_id)).toEqual([
    asked.task_id,
    'resolve-1',
  ]);
});

test('done by hand without anything that was pushed, it has brought nothing together: a person is asked', async () => {
  world.fake.expect(fails(), synthesis());
  const { source, job } = await clash();
  await decisionAsked(job);
  await job.update('complete_task', { task_id: 'resolve-1', output: 'I think that it is done' });
  await job.taskReaches('resolve-1', 'completed');
  await decide(job, await decisionAsked(job), 'retry');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'a.txt')).toMatch(/^a\+(one\+two|two\+one)$/);
});

test('skipped while an agent brings it together, it is left out, and so is what the agent does', async () => {
  const from = world.fake.calls.length;
  world.fake.expect(fault(RESOLVES, { type: 'hang' }), synthesis());
  const { source, job } = await clash();
  await until(() => world.fake.calls.length > from, {
    timeoutMs: 60_000,
    what: 'the agent to be at work',
  });
  const { task_id } = (await job.events()).find(({ type }) => type === 'merge.conflict')!;
  await job.update('skip_task', { task_id: task_id! });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const left = task_id === 'one' ? 'two' : 'one';
  expect(source.show(resultOf(job.job_id), 'a.txt')).toBe(`a+${left}`);
});

test('in a job that nobody looks after, the task tries again where the agent fails', async () => {
  world.fake.expect(fails(), synthesis());
  const { source, job } = await clash({ attended: false }, 2);
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'a.txt')).toMatch(/^a\+(one\+two|two\+one)$/);
  const { tasks } = await job.status();
  expect(tasks.find(({ task_id }) => task_id === 'resolve-1')).toMatchObject({ status: 'skipped' });
});
