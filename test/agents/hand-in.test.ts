import { expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { agentNamed, callsAbout, replayProblems, synthesis, turn, use, useAgents, work } from './setup.ts';

const world = useAgents({ agents: [agentNamed('tester')] });

test('a result may name artifacts that were saved before, of the task itself and of others, and none is there twice', async () => {
  const finish = (...artifacts: string[]) => ({ tool_use: [use('finish', { result: 'Done.', artifacts })] });
  world.fake.expect(
    turn('Make the notes', { tool_use: [use('save_artifact', { name: 'notes.md', content: 'one' })] }),
    turn('Make the notes', finish('notes.md')),
    turn('Use the notes', { tool_use: [use('save_artifact', { name: 'list.md', content: 'two' })] }),
    turn('Use the notes', finish('notes.md', 'list.md')),
    synthesis(),
  );
  const job = await startJob(world, {
    plan: planOf([
      work('first', 'Make the notes'),
      work('second', 'Use the notes', { depends_on: ['first'] }),
    ]),
  });
  await job.reach('completed');
  expect(callsAbout(world.fake, 'Make the notes')).toHaveLength(2);
  const kept = await job.handle.query<{ task_id: string | null; name: string }[]>('artifacts');
  expect(kept.map(({ task_id, name }) => `${task_id} ${name}`)).toEqual([
    'first notes.md',
    'second list.md',
    'null report.md',
  ]);
  expect(await replayProblems(world, job)).toEqual([]);
});
