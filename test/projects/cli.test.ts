import { expect, test } from 'vitest';
import { turn, use } from '../agents/setup.ts';
import { complete, delegate, lead, waits } from '../boss/setup.ts';
import { jsonCli, runCli } from '../cli/run.ts';
import { until } from '../setup/until.ts';
import { type Body, keepsOn, useProjects } from './setup.ts';

const world = useProjects();
const cli = (...args: string[]) => runCli(['project', ...args], { url: world.service.url });
const json = (...args: string[]) => jsonCli(['project', ...args], { url: world.service.url });

/** The list follows what happened after a moment. */
const untilListed = (status: string, id: string) =>
  until(async () => (await json('list', '--status', status)).projects.some((one: Body) => one.id === id), {
    what: `the project to be listed as ${status}`,
  });

test('a project is made, started, listed, shown, spoken to, paused, resumed and stopped from the command line', {
  timeout: 240_000,
}, async () => {
  world.fake.expect(
    lead('Paint a picture', [delegate('ann', 'Mix the colours'), delegate('dee', 'Watch the paint')], {
      turn: 0,
    }),
    keepsOn('Watch the paint'),
    turn(
      '# Your task: Mix the colours',
      { tool_use: [use('report_progress', { status: 'blocked', message: 'Which ones?' })] },
      { turn: 0 },
    ),
    turn(['# Your task: Mix the colours', 'Blue and white'], { text: 'A light blue.' }, { turn: 1 }),
    lead(['Paint a picture', 'A light blue.'], [complete('A sky.')]),
    waits('Paint a picture', 20),
  );
  const body = {
    title: 'A picture',
    goal: 'Paint a picture',
    agents: [{ agent_id: 'ann' }, { agent_id: 'dee' }],
  };
  const made = await jsonCli(['project', 'new', '-'], {
    url: world.service.url,
    stdin: JSON.stringify(body),
  });
  expect(made).toMatchObject({ status: 'planning', title: 'A picture' });
  const { id } = made;
  await untilListed('planning', id);
  expect((await cli('list')).stdout).toMatch(new RegExp(`${id} +planning .*A picture`));
  expect((await cli('start', id)).stdout).toMatch(/^running {2}A picture/);
  await world.see(`/projects/${id}/messages`, 'ann to ask', ({ messages }) => messages.length >= 3);

  const shown = await cli('show', id);
  expect(shown).toMatchObject({ exit: 0, stderr: '' });
  expect(shown.stdout).toMatch(/boss +boss +working/);
  expect(shown.stdout).toMatch(/ann +general +working +Mix the colours/);
  expect((await json('pause', id, '--reason', 'Lunch')).status).toBe('paused');
  await untilListed('paused', id);
  expect((await json('resume', id)).status).toBe('running');
  expect((await cli('say', id, 'nobody', 'Hello?')).stderr).toContain("'nobody'");
  expect((await cli('say', id, 'ann', 'Blue and white')).stdout).toMatch(/^m-\d+ sent to ann/);
  await world.see(`/projects/${id}`, 'the project to end', ({ status }) => status === 'completed');
  expect((await cli('show', id)).stdout).toMatch(/completed {2}A picture[\s\S]*A sky\.\n$/);
  const said = (await cli('messages', id)).stdout;
  for (const line of ['delegation', 'progress', 'message', 'result']) expect(said).toContain(` ${line} `);
  const lines = (await cli('messages', id, '--json')).stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).project_id)).toEqual(lines.map(() => id));
  expect(await cli('stop', id)).toMatchObject({ exit: 4 });
});

test('new --start begins at once; stop ends it; mistakes are told by field', {
  timeout: 120_000,
}, async () => {
  const { url } = world.service;
  const body = {
    title: 'Sleep',
    goal: 'Sleep',
    boss_agent: { agent_id: 'lead', model: 'openai/gpt-5-mini' },
  };
  const made = await jsonCli(['project', 'new', '-', '--start'], { url, stdin: JSON.stringify(body) });
  expect(['running', 'paused']).toContain(made.status);
  expect(await json('stop', made.id)).toMatchObject({ status: 'failed' });
  const wrong = await runCli(['project', 'new', '-'], { url, stdin: '{"title": "No goal"}' });
  expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining('goal') });
  expect((await cli('show', 'nothing')).exit).toBe(3);
});
