import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CommandPolicy, commandAllowed, commandIssues } from '../../core/agents/command-policy.ts';

const listed: CommandPolicy = { commands: 'on', command_allowlist: ['npm', 'git status'] };

test('commands that are off are refused, whatever is listed', () => {
  expect(commandAllowed('npm test', { ...listed, commands: 'off' })).toMatch(/switched off/);
});

test('without a list everything is allowed, with an empty one nothing', () => {
  expect(commandAllowed('a | b > c', { commands: 'on', command_allowlist: [] })).toBeUndefined();
  expect(commandAllowed('true', { commands: 'allowlist', command_allowlist: [] })).toMatch(/allowlist/);
});

test.each([['npm'], ['npm test -- --grep "a b"'], ['\tnpm  ci'], ['git   status -s']])(
  'allowed: %j',
  (command) => {
    expect(commandAllowed(command, listed)).toBeUndefined();
  },
);

test.each([[['npm', 'run', 'a; b | $(c)']], [['git', 'status', '--short']]])(
  'an argv array may hold anything after an allowed beginning: %j',
  (command) => {
    expect(commandAllowed(command, listed)).toBeUndefined();
  },
);

test.each([
  ['npmx'],
  ['./npm'],
  ['/tmp/npm'],
  ['git push'],
  ['git'],
  [''],
  ['"npm" test'],
  ['n\\pm'],
  ['PATH=/tmp npm'],
  ['npm\u00a0test'],
])('not on the list: %j', (command) => {
  expect(commandAllowed(command, listed)).toMatch(/not on the allowlist \(npm, git status\)/);
  expect(commandAllowed([command], listed)).toMatch(/not on the allowlist/);
});

test.each([
  'npm; id',
  'npm & id',
  'npm && id',
  'npm || id',
  'npm | id',
  'npm `id`',
  'npm $(id)',
  'npm $HOME',
  'npm "$(id)"',
  'npm > file',
  'npm < file',
  'npm <(id)',
  'npm\nid',
  'npm\rid',
  'npm () { id; }',
])('a shell string that could start something else is refused with advice: %j', (command) => {
  expect(commandAllowed(command, listed)).toMatch(/argv array/);
});

test.each([
  'PATH',
  'LD_PRELOAD',
  'BASH_ENV',
  'NODE_OPTIONS',
  'GIT_SSH_COMMAND',
  'HOME',
  'PYTHONWARNINGS',
  'BROWSER',
  'TAR_OPTIONS',
  'ci',
])('with a list a task sets only the variables that are named: not %s', (name) => {
  const task = { command: 'npm test', env: { CI: '1', [name]: 'x' } };
  const policy = { ...listed, command_env_allowlist: ['CI'] };
  expect(commandIssues(task, policy)).toEqual([
    { path: `env.${name}`, issue: expect.stringContaining('command_env_allowlist (CI)') },
  ]);
  expect(commandIssues(task, listed).map(({ path }) => path)).toEqual(['env.CI', `env.${name}`]);
  expect(commandIssues(task, { commands: 'on', command_allowlist: [] })).toEqual([]);
});

test('no allowed shell string makes a real shell start another program', () => {
  const piece = fc.constantFrom(
    'true',
    'touch',
    'x',
    ' ',
    '\t',
    '\n',
    ';',
    '&',
    '|',
    '$',
    '(',
    ')',
    '{',
    '}',
    '`',
    '\\',
    '"',
    "'",
    '!',
    '#',
    '=',
    '*',
    '~',
    '<',
    '>',
    '\v',
    '\u00a0',
  );
  const policy: CommandPolicy = { commands: 'on', command_allowlist: ['true'] };
  const accepted = fc
    .sample(
      fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => `true${pieces.join('')}`),
      { numRuns: 3000, seed: 7 },
    )
    .filter((command) => commandAllowed(command, policy) === undefined);
  expect(accepted.length).toBeGreaterThan(20);
  // xtrace names every program that is started; a string with an open quote starts none
  for (const command of new Set(accepted.slice(0, 60))) {
    const trace = spawnSync('bash', ['--norc', '-x', '-c', command], { encoding: 'utf8' }).stderr;
    for (const [line] of trace.matchAll(/^\++ .*$/gm)) expect(line).toMatch(/^\++ true( |$)/);
  }
});
