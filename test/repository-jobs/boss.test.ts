import { afterAll, expect, test } from 'vitest';
import { agentNamed, reachLate, replayProblems, turn, use, useAgents } from '../agents/setup.ts';
import { complete, delegate, lead, startProject, waits } from '../boss/setup.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

const world = useAgents({
  config: ANY_SOURCE,
  agents: ['ann', 'bob', 'cid', 'dee'].map((name) => agentNamed(name)),
  leftovers: true,
});
const sources: Source[] = [];
afterAll(() => {
  for (const source of sources) source.remove();
});

/** What a worker of the project does: it writes a file, and is done. */
const writing = (task: string, file_path: string, content: string, said: string) => [
  turn(`# Your task: ${task}`, { tool_use: [use('write_file', { file_path, content })] }, { turn: 0 }),
  turn(`# Your task: ${task}`, { text: said }, { turn: 1 }),
];

test('workers of a project change its repository side by side, what follows sees their work, and the boss ends it', async () => {
  const source = makeSource({ 'README.md': 'A boat.\n' });
  sources.push(source);
  world.fake.expect(
    lead('Build a boat', [delegate('ann', 'Saw the planks'), delegate('bob', 'Sew the sail')], { turn: 0 }),
    lead(['Build a boat', 'Planks are there', 'The sail is there'], [delegate('cid', 'List the parts')]),
    lead(['Build a boat', 'Both are listed'], [complete('A boat of planks and a sail.')]),
    waits('Build a boat'),
    ...writing('Saw the planks', 'planks.txt', 'oak\n', 'Planks are there.'),
    ...writing('Sew the sail', 'sail.txt', 'linen\n', 'The sail is there.'),
    turn(
      '# Your task: List the parts',
      { tool_use: [use('bash', { command: 'cat planks.txt sail.txt > parts.txt' })] },
      { turn: 0 },
    ),
    turn('# Your task: List the parts', { text: 'Both are listed.' }, { turn: 1 }),
  );
  const job = await startProject(world, 'Build a boat', { ...inSource(source), acceptance_criteria: [] });
  const view = await reachLate(job, 'completed');
  expect(view.synthesis).toBe('A boat of planks and a sail.');
  const branch = `orchestrator/${job.job_id}/result`;
  expect(source.show(branch, 'parts.txt')).toBe('oak\nlinen');
  expect(source.git('diff', '--name-only', 'main', branch).split('\n')).toEqual([
    'parts.txt',
    'planks.txt',
    'sail.txt',
  ]);
  expect(view.tasks.map(({ task_id, repository }) => [task_id, repository?.merge])).toEqual([
    ['boss', 'landed'],
    ['ann-1', 'landed'],
    ['bob-1', 'landed'],
    ['cid-1', 'landed'],
  ]);
  expect(view.repository).toMatchObject({ landed: 3, delivered: { kind: 'branch', ref: branch } });
  expect(world.fake.unexpected).toEqual([]);
  expect(await replayProblems(world, job)).toEqual([]);
});
