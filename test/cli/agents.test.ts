import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  asker,
  callsAbout,
  lastMessage,
  synthesis,
  turn,
  use,
  work,
  workerOptions,
} from '../agents/setup.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { jsonCli, runCli } from './run.ts';
import { startService, type TestService } from './service.ts';

let service: TestService;
let fake: FakeAnthropic;
beforeAll(async () => {
  fake = await startFakeAnthropic();
  service = await startService(workerOptions(fake, { agents: [asker()] }));
});
afterAll(async () => {
  await service?.close();
  await fake?.close();
});

const cli = (...args: string[]) => runCli(args, { url: service.url });
const json = (...args: string[]) => jsonCli(args, { url: service.url });

it('shows what agents ask for, in lists of all jobs too, and takes other arguments and answers', {
  timeout: 120_000,
}, async () => {
  const question = `Which of the two?\n${'Think of the colours. '.repeat(10)}END`;
  fake.expect(
    turn('Ask me', {
      tool_use: [
        use('bash', { command: 'echo first\necho second' }),
        use('bash', { command: 'echo third' }),
        use('bash', { command: `echo ${'x'.repeat(5000)}` }),
        use('ask_human', { question }),
      ],
    }),
    turn('Ask me', { text: 'Thank you.' }),
    synthesis(),
  );
  const plan = planOf([work('t', 'Ask me', { agent: 'asker' })]);
  const { job_id, reach } = await startJob(service.worker, { plan });
  const waiting = await until(
    async () => {
      const { approvals } = await json('approvals', job_id);
      return approvals.length === 4 && approvals;
    },
    { what: 'the agent to ask' },
  );
  const idOf = (wanted: (one: Record<string, unknown>) => boolean): string =>
    waiting.find(wanted).approval_id;
  const commandOf = ({ arguments: given }: Record<string, unknown>) =>
    (given as { command?: string } | null)?.command ?? '';

  const status = await cli('status', job_id);
  expect(status.stdout).toMatch(/▶ t .*waiting for person/);
  expect(status.stdout).toContain(`What you can do\n  npx orchestrator approvals ${job_id}`);
  const all = await until(
    async () => {
      const shown = await cli('approvals');
      return shown.stdout.includes(job_id) && shown;
    },
    { what: 'the approvals of all jobs to have it' },
  );
  expect(all.stdout).toContain('    command: echo first\n        echo second\n');
  expect(all.stdout).toContain('END');
  // nobody should allow what is not shown whole
  expect(all.stdout).toContain('x'.repeat(5000));

  const first = idOf((one) => commandOf(one).startsWith('echo first'));
  const third = idOf((one) => commandOf(one) === 'echo third');
  expect(await cli('decide', job_id, first, 'approve', '--arguments', 'all of it')).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('--arguments must hold an object'),
  });
  const wrong = await cli('decide', job_id, third, 'approve', '--arguments', '{"cmd": "echo edited"}');
  expect(wrong.exit).not.toBe(0);
  expect(wrong.stderr).toContain('arguments.command');
  expect(wrong.stderr).toContain('arguments.cmd');
  for (const [id, ...decision] of [
    [first, 'approve', '--arguments', '{"command": "echo edited"}'],
    [third, 'approve', '--arguments', '{"command": "echo again"}'],
    [idOf((one) => commandOf(one).length > 5000), 'deny', '--reason', 'Too long'],
    [idOf(({ kind }) => kind === 'question'), 'approve', '--answer', 'The blue one'],
  ]) {
    expect(await cli('decide', job_id, id!, ...decision)).toMatchObject({ exit: 0 });
  }
  await reach('completed');
  const told = lastMessage(callsAbout(fake, 'Ask me')[1]!);
  expect(told).toContain('"content":"edited"');
  expect(told).toContain('"content":"again"');
  expect(told).toContain('A person denied it, and it was not done. The reason: Too long');
  expect(told).toContain('The blue one');
});
