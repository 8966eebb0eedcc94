import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AgentWorld,
  agentNamed,
  callsAbout,
  lastMessage,
  startAgents,
  turn,
  work,
} from '../agents/setup.ts';
import { planOf, startJob } from '../setup/jobs.ts';

let world: AgentWorld;
beforeAll(async () => {
  world = await startAgents({ agents: [agentNamed('tester', { tools: [] })] });
});
afterAll(() => world.close());

const unattended = { approval: 'auto', attended: false, on_task_failure: 'fail' } as const;

test('a job fails when its time is over, whatever it is doing', async () => {
  const plan = planOf([{ task_id: 'slow', command: 'sleep 60' }]);
  const job = await startJob(world, { ...unattended, plan, timeout_seconds: 2 });
  await job.taskReaches('slow', 'running');
  const view = await job.reach('failed');
  expect(view.error).toEqual({ code: 'timeout', message: 'the job was not done within 2 s' });
  expect(view.tasks[0]!.status).toBe('cancelled');
});

test('a job in good time is left alone, its results stand whole, and no report is made where none is wanted', async () => {
  const text = 'all of it '.repeat(300).trim();
  world.fake.expect(turn('write much', { text }));
  const plan = planOf([work('essay', 'write much')]);
  const job = await startJob(world, { ...unattended, plan, timeout_seconds: 60, synthesis: 'none' });
  const view = await job.reach('completed');
  expect(view.synthesis).toBeNull();
  expect((await job.events()).map(({ type }) => type)).not.toContain('job.synthesizing');
  await job.result();
  const archived = await world.store.readArchived(job.job_id);
  expect(archived?.results?.description).toBe('Something to do');
  expect((await world.store.readOutput(archived!.results!.outputs.essay!)).text).toBe(text);
});

test('steps are told what those before them carry, and what was left out of it is in the journal', async () => {
  world.fake.expect(
    turn('first step', { text: `## Summary\n${'old '.repeat(100)}\n## Notes\nnot carried` }),
    turn('second step', { text: '## Summary\nnew\n## Next\ncheck it' }),
    turn('third step', { text: 'done' }),
  );
  const plan = planOf([
    work('one', 'first step'),
    work('two', 'second step', { depends_on: ['one'] }),
    work('three', 'third step', { depends_on: ['one', 'two'] }),
  ]);
  const job = await startJob(world, { ...unattended, plan, synthesis: 'none', carry_chars: 300 });
  await job.reach('completed');
  const told = lastMessage(callsAbout(world.fake, 'third step')[0]!);
  expect(told).toContain('check it');
  expect(told).not.toContain('old old');
  expect(told).not.toContain('not carried');
  const trimmed = (await job.events()).filter(({ type }) => type === 'carry.trimmed');
  expect(trimmed.map(({ task_id, data }) => [task_id, data.dropped])).toEqual([
    ['two', []],
    ['three', ['one']],
  ]);
});
