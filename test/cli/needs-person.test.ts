import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownVersion } from '../../config/version.ts';
import { until } from '../setup/until.ts';
import { jsonCli, runCli, startCli } from './run.ts';
import { startService, type TestService } from './service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.close());

const cli = (args: string[], stdin?: string) => runCli(args, { url: service.url, stdin });
const command = (task_id: string, command: string, rest = {}) => ({
  task_id,
  title: task_id,
  agent: 'command',
  command,
  max_attempts: 1,
  ...rest,
});
const spec = (tasks: unknown[], rest = {}) =>
  JSON.stringify({ title: 'A job', description: 'Something', plan: { tasks }, ...rest });

/** Every step is a process of its own, and other tests run beside. */
describe('a job that waits for a person', { timeout: 180_000 }, () => {
  it('ends `submit --wait` with exit code 7 and says what to do', async () => {
    const auto = ['submit', '--auto-approve', '--wait'];
    const [failed, gated, human, unapproved] = await Promise.all([
      cli(auto, spec([command('bad', 'exit 3'), command('then', 'true', { depends_on: ['bad'] })])),
      cli(auto, spec([command('first', 'sleep 0.5'), command('gate', 'true', { approval: 'required' })])),
      cli(auto, spec([{ task_id: 'sign', title: 'Sign', agent: 'human' }])),
      cli(['submit', '--wait'], spec([command('one', 'true')])),
    ]);
    for (const ended of [failed, gated, human, unapproved]) expect(ended.exit).toBe(7);
    expect(failed.stderr).toMatch(/The job waits for you; what you can do: npx orchestrator status \S+/);
    expect(failed.stdout).toMatch(/npx orchestrator retry \S+ bad/);
    expect(gated.stdout).toMatch(/#\d+\s+task\.completed\s+first/); // what could go on had gone on
    expect(gated.stdout).toMatch(/npx orchestrator approve-task \S+ gate/);
    expect(human.stdout).toMatch(/npx orchestrator complete \S+ sign/);
    expect(unapproved.stderr).toMatch(/The plan waits for you: npx orchestrator plan \S+/);
  });

  it('is no reason to stop while anything else goes on, nor once somebody has helped', async () => {
    const waiting = startCli(['submit', '--auto-approve', '--wait'], {
      url: service.url,
      stdin: spec([
        command('gate', 'true', { approval: 'required' }),
        command('busy', 'while [ ! -e ../go-on ]; do sleep 0.05; done'),
      ]),
    });
    const job = await until(() => /Job (\S+):/.exec(waiting.stdout())?.[1], { what: 'the job' });
    await until(() => waiting.stdout().includes('approval.requested'), { what: 'the gate' });
    expect((await cli(['approve-task', job, 'gate'])).exit).toBe(0);
    await until(() => /task\.completed\s+gate/.test(waiting.stdout()), { what: 'the gated task' });
    await cli(['cancel', job]);
    expect((await waiting.ended).exit).toBe(6);
  });

  it('is said truthfully when the time is up', async () => {
    const { job_id } = await jsonCli(['submit'], { url: service.url, stdin: spec([command('one', 'true')]) });
    const timed = await cli(['watch', job_id, '--timeout', '1']);
    expect(timed.exit).toBe(7);
    expect(timed.stderr).not.toContain('the job goes on');
    expect(timed.stderr).toContain('The plan waits for you');
  });
});

describe('options and commands', { timeout: 180_000 }, () => {
  it('approves the version that was named, in either way of naming it', async () => {
    const { job_id } = await jsonCli(['submit'], { url: service.url, stdin: spec([command('one', 'true')]) });
    expect((await cli(['approve', job_id, '--version', '7'])).exit).toBe(4);
    const approved = await cli(['approve', job_id, '--version', '1']);
    expect(approved).toMatchObject({ exit: 0, stdout: expect.stringContaining('Version 1 of the plan') });
    expect((await cli(['watch', job_id])).exit).toBe(0);
    // with the events there: they are printed, and it ends by itself
    const events = await cli(['events']);
    expect(events).toMatchObject({ exit: 0, stdout: expect.stringMatching(`${job_id} .*job.completed`) });
    const lines = (await cli(['events', '--json'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter((event) => event.job_id === job_id).at(-1)).toMatchObject({ type: 'job.completed' });
  });

  it('takes the options that all have before and after a command', async () => {
    const version = ownVersion();
    for (const args of [['--version'], ['-V'], ['version']])
      expect(await cli(args)).toMatchObject({ exit: 0, stdout: `${version}\n` });
    const before = await runCli(['--json', '--url', service.url, 'jobs']);
    const after = await runCli(['jobs', '--json', '--url', service.url]);
    const nested = await runCli(['project', 'list', '--json', '--url', service.url]);
    for (const { exit, stdout } of [before, after, nested]) {
      expect(exit).toBe(0);
      JSON.parse(stdout);
    }
  });

  it.each([
    [['nope'], /unknown command 'nope'/],
    [['statsu', 'j1'], /unknown command 'statsu'[\s\S]*Did you mean status\?/],
    [['help', 'nope'], /unknown command 'nope'/],
    [['help', 'statsu'], /Did you mean status\?/],
    [['help', 'project', 'shw'], /unknown command 'shw'[\s\S]*Did you mean show\?/],
    [['help', 'status', 'x'], /`status` has no commands of its own/],
    [['project', 'shw', 'p1'], /Did you mean show\?/],
    [['status', 'j1', '--jsn'], /unknown option '--jsn'[\s\S]*Did you mean --json\?/],
    [['status', 'j1', '--version'], /unknown option '--version'/],
  ])('says what is wrong with `%j`, with near names and exit code 2', async (args, words) => {
    const { exit, stdout, stderr } = await cli(args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).toContain('`npx orchestrator help` lists the commands');
  });

  it('tells how it was called', async () => {
    const elsewhere = await runCli(['help'], { cwd: '/' });
    expect(elsewhere.stdout).toMatch(/^Usage: node \/\S+\/cli\/bin\.ts /);
    const here = await runCli(['help', 'submit']);
    expect(here.stdout).toContain('npx orchestrator submit job.yaml');
  });
});
