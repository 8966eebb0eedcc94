import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PlanInput } from '../../contracts/plan.ts';
import { makeRepository } from '../../examples/repository/make.ts';
import { agentNamed, synthesis, turn, use, useAgents, work } from '../agents/setup.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { ANY_SOURCE, emptySource, inSource } from './source.ts';

/*
 * The example of the README, done by agents with a model: what its commands do there, the model does here by its tools. It is
 * told what the check said in the same way.
 */
const world = useAgents({ config: ANY_SOURCE, agents: [agentNamed('tester', { max_output_tokens: 1000 })] });
const source = emptySource();
afterAll(() => source.remove());

const EXAMPLE = join(import.meta.dirname, '../../examples');
const { tasks } = PlanInput.parse(parse(readFileSync(join(EXAMPLE, 'repository.yaml'), 'utf8')).plan);

/** Prompts name the other tasks too. */
const about = (title: string) => `# Your task: ${title}`;

/** What a model types to edit as the task of the example does, knowing what failed before. */
function edit(task_id: string, failed?: string) {
  const context = failed ? { previous_failure: { message: 'the check failed', tail: `✖ ${failed}` } } : {};
  const script = join(EXAMPLE, 'repository/tasks', `${task_id}.ts`);
  const command = `c=$(mktemp); echo '${JSON.stringify(context)}' > $c; ORCHESTRATOR_CONTEXT=$c node ${script}; rm $c`;
  return { tool_use: [use('bash', { command })] };
}

test('five agents with a model change one package side by side: one is taken back and mends it, and all of it lands', async () => {
  makeRepository(source.path);
  const hyphen = 'a word with a hyphen counts once';
  for (const { task_id, title } of tasks) {
    world.fake.expect(
      turn([about(title), 'npm test'], edit(task_id), { turn: 0 }),
      turn(about(title), { text: `Done: ${title}` }, { turn: 1 }),
    );
  }
  world.fake.expect(
    turn([about('Count no signs as words'), hyphen], edit('numbers', hyphen), { turn: 0 }),
    turn(
      [about('Count no signs as words'), hyphen],
      { text: 'Parts of a word stay together now.' },
      { turn: 1 },
    ),
    synthesis(),
  );
  const job = await startJob(world, {
    ...inSource(source, { commands: {}, avoid_conflicts: false }),
    max_workers: 4,
    plan: planOf(
      tasks.map(({ task_id, title, files = [], depends_on = [] }) =>
        work(task_id, title, { title, files, depends_on }),
      ),
    ),
  });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const { repository, tasks: done } = await job.status();
  expect(repository).toMatchObject({ landed: 5, check: { command: 'npm test', status: 'passed' } });
  expect(done.map(({ attempt }) => attempt)).toEqual(
    tasks.map(({ task_id }) => (task_id === 'numbers' ? 2 : 1)),
  );
  const branch = `orchestrator/${job.job_id}/result`;
  source.git('switch', '--quiet', branch);
  expect(source.git('log', '--merges', '--format=%s').split('\n')).toHaveLength(5);
  for (const name of ['average', 'sentences']) expect(source.show(branch, 'README.md')).toContain(name);
});
