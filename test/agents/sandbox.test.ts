import { describe, expect, test } from 'vitest';
import { MISSING } from '../sandbox/setup.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import {
  agentNamed,
  callsAbout,
  lastMessage,
  replayProblems,
  synthesis,
  turn,
  use,
  useAgents,
  work,
} from './setup.ts';

/** Programs in an `allow-list` are told of a proxy; those that reach nothing have none. */
const REACH = 'echo "proxy: ${http_proxy:-none}"';

describe.skipIf(MISSING)(`a job on a host with a sandbox${MISSING ? ` (${MISSING})` : ''}`, () => {
  const world = useAgents({
    in_sandbox: true,
    config: { planner_commands: 'allow' },
    agents: [agentNamed('tester'), agentNamed('hermit', { network: 'none' })],
  });

  test('says so in its status and in that of each task whose attempt has ended, well or not', async () => {
    world.fake.expect(synthesis());
    const plan = planOf([
      { task_id: 'good', command: `${REACH}; echo made > file` },
      { task_id: 'bad', command: 'exit 3', max_attempts: 1, depends_on: ['good'] },
      { task_id: 'reads', command: 'cat file; ls ..', depends_on: ['good'] },
    ]);
    const job = await startJob(world, { plan, on_task_failure: 'continue' });
    const view = await job.reach('completed');
    expect(view.sandbox).toBe('bubblewrap');
    expect(
      view.tasks.map(({ task_id, sandbox, output_preview }) => [task_id, sandbox, output_preview]),
    ).toEqual([
      ['good', 'bubblewrap', 'proxy: http://127.0.0.1:3128\n'],
      ['bad', 'bubblewrap', null],
      ['reads', 'bubblewrap', `made\n${job.job_id}\n`],
    ]);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('tries a command again whose sandbox could not be made', async () => {
    const { sandbox } = world.deps;
    const { confine } = sandbox;
    sandbox.confine = (...given) => {
      sandbox.confine = confine;
      return { ...confine(...given), program: 'false' };
    };
    world.fake.expect(synthesis());
    const job = await startJob(world, { plan: planOf([{ task_id: 'once', command: 'echo done' }]) });
    const view = await job.reach('completed');
    expect(view.tasks[0]).toMatchObject({ output_preview: 'done\n', attempt: 2 });
  });

  test('lets commands that a model planned reach nothing', async () => {
    world.fake.expect(
      {
        system_includes: 'objectives',
        structured: true,
        reply: { type: 'message', json: { objectives: ['Look'], constraints: [], acceptance_criteria: [] } },
      },
      {
        structured: true,
        reply: {
          type: 'message',
          json: {
            rationale: 'One look.',
            tasks: [
              {
                task_id: 'look',
                title: 'Look',
                description: 'Look',
                agent: 'command',
                command: REACH,
                depends_on: [],
              },
            ],
          },
        },
      },
      synthesis(),
    );
    const job = await startJob(world, { approval: 'required' });
    await job.reach('awaiting_approval');
    await job.update('approve');
    const view = await job.reach('completed');
    expect(view.tasks[0]).toMatchObject({ output_preview: 'proxy: none\n', sandbox: 'bubblewrap' });
  });

  test('guards the shell of agents, each as far as its file says', async () => {
    world.fake.expect(
      ...['tester', 'hermit'].flatMap((agent) => [
        turn(
          `Look, ${agent}`,
          { tool_use: [use('bash', { command: `${REACH}; cat /proc/${process.pid}/comm` })] },
          { turn: 0 },
        ),
        turn(`Look, ${agent}`, { text: 'Looked.' }, { turn: 1 }),
      ]),
      synthesis(),
    );
    const plan = planOf(['tester', 'hermit'].map((agent) => work(agent, `Look, ${agent}`, { agent })));
    const job = await startJob(world, { plan });
    await job.reach('completed');
    const told = (agent: string) => lastMessage(callsAbout(world.fake, `Look, ${agent}`).at(-1)!);
    expect(told('tester')).toContain('proxy: http://127.0.0.1:3128');
    expect(told('hermit')).toContain('proxy: none');
    for (const agent of ['tester', 'hermit']) expect(told(agent)).toContain('No such file or directory');
  });
});
