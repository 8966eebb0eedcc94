import { beforeEach, describe, expect, test } from 'vitest';
import { findCommands } from '../../activities/repository/discover/find-commands.ts';
import type { Commands } from '../../core/repository/commands.ts';
import { type Bare, bare, type Change } from './bare.ts';

let repository: Bare;
beforeEach(() => {
  repository = bare();
});

const find = (files: Record<string, Change>, given: Commands = {}) =>
  findCommands(repository.git_dir, repository.commit(null, files), given, new AbortController().signal);

const tested = (fields: object = {}) => JSON.stringify({ scripts: { test: 'vitest run' }, ...fields });
const found = async (files: Record<string, Change>) => {
  const { commands } = await find(files);
  return [commands.setup.command, commands.check.command, commands.lock.command];
};

describe('what is found', () => {
  test.each<[string, Record<string, Change>, (string | null)[]]>([
    [
      'npm',
      { 'package.json': tested(), 'package-lock.json': '{}' },
      ['npm ci', 'npm test', 'npm install --package-lock-only --ignore-scripts'],
    ],
    ['a package without dependencies', { 'package.json': tested() }, [null, 'npm test', null]],
    [
      'a package that locks nothing',
      { 'package.json': tested({ devDependencies: { vitest: '4' } }) },
      ['npm install --no-package-lock', 'npm test', null],
    ],
    [
      'pnpm',
      { 'package.json': tested(), 'pnpm-lock.yaml': '' },
      ['pnpm install --frozen-lockfile', 'pnpm test', 'pnpm install --lockfile-only --ignore-scripts'],
    ],
    [
      'the package manager that the package names',
      {
        'package.json': tested({ packageManager: 'pnpm@10.1.0' }),
        'package-lock.json': '{}',
        'pnpm-lock.yaml': '',
      },
      ['pnpm install --frozen-lockfile', 'pnpm test', 'pnpm install --lockfile-only --ignore-scripts'],
    ],
    [
      'yarn 1',
      { 'package.json': tested(), 'yarn.lock': '# THIS IS GENERATED\n# yarn lockfile v1\n' },
      ['yarn install --frozen-lockfile', 'yarn test', 'yarn install --ignore-scripts'],
    ],
    [
      'yarn 4',
      { 'package.json': tested(), 'yarn.lock': '__metadata:\n  version: 8\n' },
      ['yarn install --immutable', 'yarn test', 'yarn install --mode update-lockfile'],
    ],
    [
      'bun',
      { 'package.json': tested(), 'bun.lock': '{}' },
      ['bun install --frozen-lockfile', 'bun run test', 'bun install --lockfile-only'],
    ],
    ['pytest.ini', { 'pytest.ini': '[pytest]' }, [null, 'python3 -m pytest', null]],
    [
      'a Python project with tests',
      { 'pyproject.toml': '[project]', 'tests/test_a.py': '' },
      [null, 'python3 -m pytest', null],
    ],
    ['a Python project without tests', { 'pyproject.toml': '[project]' }, [null, null, null]],
    [
      'uv',
      { 'pyproject.toml': '[tool.pytest.ini_options]', 'uv.lock': '' },
      ['uv sync', 'uv run pytest', 'uv lock'],
    ],
    ['Go', { 'go.mod': 'module a', 'go.sum': '' }, [null, 'go test ./...', 'go mod tidy']],
    ['Go without dependencies', { 'go.mod': 'module a' }, [null, 'go test ./...', null]],
    ['Rust', { 'Cargo.toml': '', 'Cargo.lock': '' }, [null, 'cargo test', 'cargo generate-lockfile']],
    ['make', { Makefile: 'all: build\n\nlint test: build\n\trun-tests\n' }, [null, 'make test', null]],
    ['a variable called test', { Makefile: 'test := 1\nall:\n\ttest: no\n' }, [null, null, null]],
    ['a folder called tests', { 'tests/a.txt': '' }, [null, null, null]],
    ['an empty package.json', { 'package.json': '' }, [null, null, null]],
    ['a package.json that is a list', { 'package.json': '[1]' }, [null, null, null]],
    ['scripts that are none', { 'package.json': '{"scripts":null}' }, [null, null, null]],
    ['package.json nested too deep', { 'package.json': '['.repeat(100_000) }, [null, null, null]],
    ['a package.json that is a folder', { 'package.json/a': '' }, [null, null, null]],
    ['nothing', {}, [null, null, null]],
  ])('%s', async (_, files, commands) => {
    expect(await found(files)).toEqual(commands);
  });

  test.each([
    'echo "Error: no test specified" && exit 1',
    "echo 'Error: no test specified' && exit 1",
    'echo Error: no test specified && exit 1',
    ' ',
  ])('the script %j is no test', async (test) => {
    const files = { 'package.json': JSON.stringify({ scripts: { test } }), 'package-lock.json': '{}' };
    expect(await found(files)).toEqual(['npm ci', null, 'npm install --package-lock-only --ignore-scripts']);
  });

  test('the first kind that has a check counts as a whole, and the others are named', async () => {
    const untested = { 'package.json': '{}', 'package-lock.json': '{}' };
    const { commands, warnings } = await find({ ...untested, 'go.mod': '', Makefile: 'test:\n' });
    expect(commands).toEqual({
      setup: { command: null, source: 'none' },
      check: { command: 'go test ./...', source: 'found' },
      lock: { command: null, source: 'none' },
    });
    expect(warnings).toEqual([
      'The check that was found is `go test ./...` (go.mod); there is also `make test` (Makefile). Give check_command where more than one is to decide.',
    ]);
  });

  test('a link is followed within the repository, and never out of it', async () => {
    const link = (link: string): Change => ({ link });
    const inside = { 'package.json': link('app/package.json'), 'app/package.json': tested() };
    expect(await found(inside)).toEqual([null, 'npm test', null]);
    for (const target of ['/etc/passwd', '../../package.json', 'package.json', 'app', 'gone']) {
      expect(await found({ 'package.json': link(target), 'app/a': '' })).toEqual([null, null, null]);
    }
  });

  test('a makefile of many colons and no line end is read once', async () => {
    const began = performance.now();
    expect(await found({ Makefile: 'a :'.repeat(300_000) })).toEqual([null, null, null]);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('.orchestrator.yaml', () => {
  const npm = { 'package.json': tested(), 'package-lock.json': '{}' };

  test('goes before what is found, and the submission before both', async () => {
    const files = {
      ...npm,
      '.orchestrator.yaml': 'setup_command: ./setup\ncheck_command: ./check\ndeliver: pull_request\n',
    };
    expect(await find(files, { check: 'make check' })).toEqual({
      commands: {
        setup: { command: './setup', source: 'file' },
        check: { command: 'make check', source: 'submission' },
        lock: { command: 'npm install --package-lock-only --ignore-scripts', source: 'found' },
      },
      deliver: 'pull_request',
      warnings: [],
    });
  });

  test('null means none, in the file and in the submission', async () => {
    const { commands } = await find(
      { ...npm, '.orchestrator.yaml': 'check_command: null\n' },
      { setup: null },
    );
    expect(commands.check).toEqual({ command: null, source: 'file' });
    expect(commands.setup).toEqual({ command: null, source: 'submission' });
  });

  test('mistakes are named by field and line and left out; the rest counts', async () => {
    const text =
      'check_command: [npm, test]\nsetup_command: ./setup\nchek: x\ndeliver: email\nlock_command: ""\n';
    const { commands, deliver, warnings } = await find({ ...npm, '.orchestrator.yaml': text });
    expect(commands.setup).toEqual({ command: './setup', source: 'file' });
    expect(commands.check).toEqual({ command: 'npm test', source: 'found' });
    expect(commands.lock.source).toBe('found');
    expect(deliver).toBeNull();
    expect(warnings.sort()).toEqual([
      '.orchestrator.yaml: check_command: must be a command, or null for none (line 1). It is left out.',
      '.orchestrator.yaml: chek: unknown field (line 3). It is left out.',
      expect.stringMatching(/^\.orchestrator\.yaml: deliver: .*branch.* \(line 4\)\. It is left out\.$/),
      '.orchestrator.yaml: lock_command: must not be empty; null for none (line 5). It is left out.',
    ]);
  });

  test.each<[string, Change, RegExp]>([
    ['no YAML', 'check_command: "', /not valid YAML/],
    ['a list', '- a\n', /must be an object/],
    ['nested too deep', '['.repeat(19_000), /nests too deep|not valid YAML/],
    ['too large', `#${'x'.repeat(20_000)}`, /more than 20000 bytes/],
    ['binary', 'a: \0', /no text/],
    ['a link out of the repository', { link: '/etc/passwd' }, /no file of the repository/],
    ['aliases of aliases', bomb(), /not valid YAML: The aliases stand for too much text \(line 6\)/],
    ['a NUL in a command', 'check_command: "a\\0b"\n', /must not hold a NUL/],
    ['a name of every object', '__proto__: {check_command: x}\nconstructor: 1\n', /unknown field/],
  ])('%s is named, and what is found counts', async (_, file, warning) => {
    const { commands, warnings } = await find({ ...npm, '.orchestrator.yaml': file });
    expect(commands.check).toEqual({ command: 'npm test', source: 'found' });
    expect(warnings[0]).toMatch(/^\.orchestrator\.yaml: /);
    expect(warnings.join('\n')).toMatch(warning);
    expect(warnings.join('\n')).not.toMatch(/\bat .*\.ts|node_modules/);
  });

  test('a command that hides what it does is pointed out', async () => {
    const { warnings } = await find({ '.orchestrator.yaml': 'check_command: "npm test \\u202e#"\n' });
    expect(warnings).toEqual([expect.stringContaining('characters that hide or reorder text')]);
  });

  test('20 KB of the worst YAML take no more than a moment', async () => {
    const lines = Array.from({ length: 2500 }, (_, at) => `k${at}: 1`).join('\n');
    for (const text of [
      lines,
      '{'.repeat(19_900),
      '? '.repeat(9900),
      '&a '.repeat(6000),
      '!'.repeat(19_900),
    ]) {
      const began = performance.now();
      await find({ '.orchestrator.yaml': text });
      expect(performance.now() - began).toBeLessThan(5000);
    }
  });
});

/** Each line names the one before ten times. */
function bomb(): string {
  const lines = Array.from({ length: 12 }, (_, at) =>
    at === 0
      ? 'a0: &a0 x'
      : `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
  );
  return `${lines.join('\n')}\n`;
}
