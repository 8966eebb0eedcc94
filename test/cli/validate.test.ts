import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT } from '../docs/page.ts';
import { jsonCli, runCli } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'orchestrator-validate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
/** Nothing answers there: nobody is asked. */
const url = 'http://127.0.0.1:1';
const validate = (args: string[], stdin = '') => runCli(['validate', ...args], { cwd: folder, url, stdin });

const GOOD = `
title: Two steps
description: One after the other.
plan:
  tasks:
    - &step
      task_id: one
      title: The first
      agent: command
      command: 'true'
    - <<: *step
      task_id: two
      depends_on: [one]
`;

it('a valid file ends with 0, with and without JSON, also from stdin', async () => {
  const file = written('good.yaml', GOOD);
  expect(await validate([file])).toEqual({ exit: 0, stdout: 'good.yaml is valid: 2 tasks.\n', stderr: '' });
  expect(await jsonCli(['validate', file], { cwd: folder, url })).toEqual({
    valid: true,
    file: 'good.yaml',
    tasks: 2,
    config: null,
    parameters: [],
  });
  const json = await validate(['-'], JSON.stringify({ title: 'A', description: 'B' }));
  expect(json).toEqual({ exit: 0, stdout: 'stdin is valid: without a plan.\n', stderr: '' });
});

it('every problem is told with its place, its task and what may have been meant', async () => {
  const file = written(
    'wrong.yaml',
    `title: Two steps\ndescripton: x\nplan:\n  tasks:\n    - &a\n      task_id: a\n      title: A\n      depend_on: []\n    - <<: *a\n      task_id: b\n      max_attempts: 99\n`,
  );
  const { exit, stdout, stderr } = await validate([file]);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
  expect(stderr.trimEnd().split('\n')).toEqual([
    'orchestrator: wrong.yaml is not valid: 5 problems. (validation)',
    'wrong.yaml:1:1: description: is required',
    'wrong.yaml:2:1: descripton: unknown field; did you mean `description`?',
    'wrong.yaml:8:7: plan.tasks.0.depend_on (task a): unknown field; did you mean `depends_on`?',
    'wrong.yaml:8:7: plan.tasks.1.depend_on (task b): unknown field; did you mean `depends_on`?',
    'wrong.yaml:11:7: plan.tasks.1.max_attempts (task b): must be at most 20',
  ]);
});

it('the rules of plans are those of the service, and JSON output has the places too', async () => {
  const plan = {
    tasks: [
      { task_id: 'a', title: 'A', agent: 'comand', depends_on: ['b'] },
      { task_id: 'b', title: 'B', agent: 'general', depends_on: ['a'] },
    ],
  };
  const text = JSON.stringify({ title: 'A', description: 'B', plan }, null, 2);
  const { exit, stdout } = await validate(['-', '--json'], text);
  expect(exit).toBe(2);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'validation',
    fields: [
      { path: 'plan.tasks', line: 5, issue: expect.stringMatching(/in a circle: a -> b -> a|b -> a -> b/) },
      {
        ...{ path: 'plan.tasks.0.agent', task_id: 'a', file: 'stdin', line: 9, column: 9 },
        issue: expect.stringMatching(/^no agent is called 'comand'; there are: .*command/),
      },
    ],
  });
});

it('agents, limits and repositories are those of the configuration, where there is one', async () => {
  const config = written('limits.yaml', 'limits: { max_tasks: 1 }\ncommands: off\n');
  written('good.yaml', GOOD);
  const { exit, stderr } = await validate(['good.yaml', '--config', config]);
  expect(exit).toBe(2);
  expect(stderr).toContain('good.yaml:5:3: plan.tasks: 2 tasks; at most 1 are allowed');
  expect(stderr).toContain('commands are switched off');
  const stranger = written(
    'stranger.yaml',
    GOOD.replace('agent: command', 'agent: translator').replace("      command: 'true'\n", ''),
  );
  expect((await validate([stranger])).exit).toBe(2);
  expect(await validate([stranger, '--with-agent', 'translator'])).toMatchObject({ exit: 0, stderr: '' });
  const repository = { title: 'A', description: 'B', repository: 'https://git.example.com/a/b' };
  expect((await validate(['-'], JSON.stringify(repository))).exit).toBe(0);
  expect((await validate(['-', '--config', config], JSON.stringify(repository))).stderr).toMatch(
    /^stdin:1:32: repository: no repositories are set up here/m,
  );
});

it.each([
  ['no YAML', 'title: a: b\n', /^stdin:1:8: Nested mappings .* into quotes$/m],
  ['an alias of nothing', 'title: *a\n', /^stdin:1:8: No anchor &a stands before this alias$/m],
  ['a list', '- a\n', /^stdin:1:1: must be an object$/m],
  ['a NUL', 'title: "a\\0"\ndescription: b\n', /^stdin:1:1: title: holds a NUL character$/m],
  [
    'a number that would be rounded',
    'title: a\ncontext:\n  id: 12345678901234567890\n',
    /^stdin:3:3: context\.id: the number 12345678901234567890 /m,
  ],
  ['nothing', '', /^stdin:1:1: title: is required$/m],
])('what holds %s is refused with its place', async (_, text, line) => {
  const { exit, stderr } = await validate(['-'], text);
  expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringMatching(line) });
});

it('the examples are valid', async () => {
  for (const name of ['audit', 'coding', 'repository', 'research']) {
    const run = await runCli(['validate', `examples/${name}.yaml`], { cwd: ROOT, url });
    expect(run).toMatchObject({ exit: 0 });
  }
});

it('values of parameters are checked; those that nobody gives are named, and the rest is checked without them', async () => {
  const spec =
    'title: "{{ parameters.name }}"\ndescription: D\nmax_workers: "{{ parameters.n }}"\nparameters: { name: { pattern: "a+" }, n: { type: number } }\n';
  const open = await validate(['-'], spec);
  expect(open).toMatchObject({ exit: 0, stderr: expect.stringContaining('--param NAME=value: name, n') });
  const given = await validate(['-', '--param', 'name=aa', '--param', 'n=3'], spec);
  expect(given).toMatchObject({ exit: 0, stderr: '' });
  const wrong = await validate(['-', '--param', 'name=b', '--param', 'n=0'], spec);
  expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining('does not match the pattern a+') });
});

it('a file that is no YAML is refused by `submit` with the place of the mistake', async () => {
  const run = await runCli(['submit', '-'], { url, stdin: 'title: A\nplan: [\n' });
  expect(run.exit).toBe(2);
  expect(run.stderr).toMatch(/^stdin:3:1: Flow sequence .*[^:]$/m);
});
