import { afterAll, expect, test } from 'vitest';
import { agentNamed, replayProblems, synthesis, turn, use, useAgents, work } from '../agents/setup.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

const world = useAgents({
  config: ANY_SOURCE,
  agents: [
    agentNamed('tester', { max_output_tokens: 1000 }),
    agentNamed('wordy', { max_output_tokens: 16_000 }),
  ],
});
const sources: Source[] = [];
const sourceOf = (files: Record<string, string>) => {
  const source = makeSource(files);
  sources.push(source);
  return source;
};
afterAll(() => {
  for (const source of sources) source.remove();
});

const resultOf = (job_id: string) => `orchestrator/${job_id}/result`;

test('an agent with a model works in its clone by its tools, told what the repository asks for, and its work lands', async () => {
  world.fake.expect(
    turn(
      ['Write the answer down', 'Answers are written in capitals.', 'sh check'],
      { tool_use: [use('bash', { command: 'ls; git log --format=%s; echo by bash > b.txt' })] },
      { turn: 0 },
    ),
    turn(
      ['Write the answer down', 'AGENTS.md', 'the first'],
      {
        tool_use: [
          use('read_file', { file_path: 'a.txt' }),
          use('write_file', { file_path: 'sub/a.txt', content: 'FORTY-TWO\n' }),
        ],
      },
      { turn: 1 },
    ),
    turn(['Write the answer down', 'the question'], { text: 'It is written.' }, { turn: 2 }),
    synthesis(),
  );
  const source = sourceOf({ 'a.txt': 'the question\n', check: 'true\n' });
  source.commit({ 'AGENTS.md': 'Answers are written in capitals.\n' }, 'the first');
  const job = await startJob(world, {
    ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
    plan: planOf([work('answer', 'Write the answer down')]),
  });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const branch = resultOf(job.job_id);
  expect(source.show(branch, 'sub/a.txt')).toBe('FORTY-TWO');
  expect(source.show(branch, 'b.txt')).toBe('by bash');
  expect(source.git('diff', '--name-only', 'main', branch).split('\n')).toEqual(['b.txt', 'sub/a.txt']);
  expect((await job.status()).tasks[0]).toMatchObject({ repository: { merge: 'landed', files_changed: 2 } });
  expect(await replayProblems(world, job)).toEqual([]);
});

test('work that fails the check is done again in a new clone, by an agent that is told what the check said', async () => {
  world.fake.expect(
    turn(
      'Set the number',
      { tool_use: [use('write_file', { file_path: 'n.txt', content: '2\n' })] },
      { turn: 0 },
    ),
    turn('Set the number', { text: 'It is two.' }, { turn: 1 }),
    turn(
      ['Set the number', 'two is wrong'],
      { tool_use: [use('write_file', { file_path: 'm.txt', content: '3\n' })] },
      { turn: 0 },
    ),
    turn(['Set the number', 'two is wrong'], { text: 'It is three, elsewhere.' }, { turn: 1 }),
    synthesis(),
  );
  const source = sourceOf({
    'n.txt': '1\n',
    check: 'test "$(cat n.txt)" != 2 || { echo two is wrong; exit 1; }\n',
  });
  const job = await startJob(world, {
    ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
    plan: planOf([work('set', 'Set the number')]),
  });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.git('diff', '--name-only', 'main', resultOf(job.job_id))).toBe('m.txt');
  expect((await job.status()).tasks[0]).toMatchObject({ attempt: 2 });
});

test('out of budget, it goes on in its clone once there is more, and lands beside what has landed since', async () => {
  world.fake.expect(
    turn(
      'Write a book',
      {
        text: 'Chapter one.',
        tool_use: [use('bash', { command: 'echo one > book.txt' })],
        usage: { output_tokens: 15_000 },
      },
      { turn: 0 },
    ),
    turn(
      ['Write a book', 'The budget for this task is spent'],
      { text: 'Chapter one is there.' },
      { turn: 1 },
    ),
  );
  const source = sourceOf({ 'a.txt': 'a\n' });
  const job = await startJob(world, {
    ...inSource(source),
    budget_usd: 0.325,
    plan: planOf([
      work('book', 'Write a book', { agent: 'wordy' }),
      { task_id: 'other', command: 'echo b > b.txt' },
    ]),
  });
  const blocked = await job.taskReaches('book', 'blocked');
  expect(blocked.tasks[0]).toMatchObject({ reason: 'budget_exhausted', attempt: 1 });
  await job.taskReaches('other', 'completed');
  world.fake.expect(
    turn(
      ['Write a book', 'The budget was raised'],
      { tool_use: [use('bash', { command: 'ls; echo two >> book.txt' })] },
      { turn: 2 },
    ),
    turn(['Write a book', 'book.txt'], { text: 'Both chapters.' }, { turn: 3 }),
    synthesis(),
  );
  await job.update('add_budget', { add_usd: 2 });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const branch = resultOf(job.job_id);
  expect(source.show(branch, 'book.txt')).toBe('one\ntwo');
  expect(source.show(branch, 'b.txt')).toBe('b');
  const [book, other] = (await job.status()).tasks;
  expect(book!.repository!.base_sha).toBe(other!.repository!.base_sha);
});
