import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { RepositoriesConfig } from '../../contracts/repository/config.ts';
import { commandsOfSpec } from '../../core/agents/command-rights.ts';
import { branchNameProblem } from '../../core/repository/branch-name.ts';
import { checkSubmission } from '../../core/submission/submission.ts';
import { roster } from './samples.ts';

const repositories = RepositoriesConfig.parse({
  roots: ['/srv/code/', '/home/ann'],
  hosts: {
    'github.com': { api: 'github', token_env: 'TOKEN', allow_push: true },
    'git.example.com': { allow_push: true },
    'read.example.com': {},
  },
});
const check = (body: object, rules = repositories, snapshot = roster) =>
  checkSubmission({ title: 'T', description: 'D', ...body }, snapshot, rules);
const fieldsOf = (...args: Parameters<typeof check>) => {
  const checked = check(...args);
  return checked.ok
    ? {}
    : Object.fromEntries(checked.problem.fields!.map(({ path, issue }) => [path, issue]));
};
const specOf = (body: object) => {
  const checked = check(body);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problem));
  return checked.spec;
};

describe('a submission with a repository', () => {
  test('carries all that it says of it', () => {
    const { repository } = specOf({
      repository: '/srv/code//app/',
      base_branch: 'release/2.x',
      setup_command: 'npm ci',
      check_command: null,
      avoid_conflicts: false,
      deliver: 'branch',
    });
    expect(repository).toEqual({
      location: '/srv/code/app',
      base_branch: 'release/2.x',
      commands: { setup: 'npm ci', check: null },
      avoid_conflicts: false,
      deliver: 'branch',
    });
  });

  test('leaves open what the repository decides', () => {
    expect(specOf({ repository: 'https://GitHub.com/ann/app.git' }).repository).toEqual({
      location: 'https://github.com/ann/app.git',
      base_branch: null,
      commands: {},
      avoid_conflicts: true,
      deliver: null,
    });
  });

  test('can not say that it begins with the work of another job', () => {
    const from = { at: { job_id: 'j', owner: 'ann' }, task_id: 't', head_sha: 'a', bundle_ref: null };
    const repository = { location: '/srv/code/app', from };
    expect(fieldsOf({ repository })).toHaveProperty('repository');
    expect(check({ repository: '/srv/code/app', from }).ok).toBe(false);
    expect(specOf({ repository: '/srv/code/app' }).repository).not.toHaveProperty('from');
  });

  test('is none without one', () => {
    expect(specOf({})).not.toHaveProperty('repository');
  });

  test('says of each field that belongs to it and stands alone', () => {
    const alone = { base_branch: 'main', check_command: null, avoid_conflicts: true, deliver: 'push' };
    expect(Object.keys(fieldsOf(alone))).toEqual(Object.keys(alone));
    expect(fieldsOf(alone).base_branch).toContain('belongs to repository');
  });

  test.each([
    '/srv/code',
    '/srv/code/a b/-x',
    '/home/ann/app',
    'git@git.example.com:group/app',
    'ssh://git@github.com/ann/app',
    'https://read.example.com/x/y/z.git',
  ])('may be in %s', (repository) => {
    expect(fieldsOf({ repository })).toEqual({});
  });

  test.each([
    ['/srv/codes/app', 'must be below one of repositories.roots'],
    ['/srv/code/../../etc', '. or ..'],
    ['/etc', 'must be below'],
    ['app', 'must be the absolute path'],
    ['./app', 'must be the absolute path'],
    ['file:///srv/code/app', 'must be the absolute path'],
    ['ext::sh -c id', 'must be the absolute path'],
    ['https://ann:secret@github.com/ann/app', 'password'],
    ['https://gitlab.com/ann/app', 'repositories.hosts'],
    ['git@gitlab.com:ann/app', 'repositories.hosts'],
    ['git@-oProxyCommand=id:app', 'must be the absolute path'],
    ['/srv/code/a\nb', 'control characters'],
  ])('may not be in %j', (repository, why) => {
    expect(fieldsOf({ repository }).repository).toContain(why);
  });

  test('names what to set where nothing is set up, and where no path is', () => {
    const nothing = RepositoriesConfig.parse({});
    expect(fieldsOf({ repository: '/srv/x' }, nothing).repository).toContain('repositories.roots');
    const hosts = { ...repositories, roots: [] };
    expect(fieldsOf({ repository: '/srv/x' }, hosts).repository).toContain('or use a URL');
    expect(fieldsOf({ repository: 'git@git.example.com:x/y' }, hosts)).toEqual({});
  });

  test.each([
    ['/srv/code/app', 'push', '`deliver: branch`'],
    ['/srv/code/app', 'pull_request', '`deliver: branch`'],
    ['https://read.example.com/a/b', 'push', 'allow_push'],
    ['https://git.example.com/a/b', 'pull_request', 'api (github or gitlab)'],
    ['https://git.example.com/a/b', 'push', undefined],
    ['https://github.com/a/b', 'pull_request', undefined],
    ['https://github.com/a/b', 'branch', undefined],
  ])('at %s delivered by %s', (repository, deliver, why) => {
    const { deliver: said } = fieldsOf({ repository, deliver });
    if (why === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(why);
  });

  test('has its commands checked by the rules for commands', () => {
    const commands = { setup_command: 'npm ci', check_command: 'rm -rf /', lock_command: null };
    const listed = { ...roster, commands: 'allowlist' as const, command_allowlist: ['npm'] };
    const off = { ...roster, commands: 'off' as const };
    const body = { repository: '/srv/code/app', ...commands };
    expect(Object.keys(fieldsOf(body, repositories, listed))).toEqual(['check_command']);
    expect(Object.keys(fieldsOf(body, repositories, off))).toEqual(['setup_command', 'check_command']);
  });

  test('runs commands that need an admin, by field', () => {
    const spec = specOf({
      repository: '/srv/code/app',
      setup_command: 'npm ci',
      check_command: null,
      lock_command: 'npm install',
    });
    expect(commandsOfSpec(spec).map(({ path }) => path)).toEqual(['setup_command', 'lock_command']);
  });
});

test.each([
  ...['main', 'a/b', 'feature/x-1', 'ünï', 'a.b', 'x@y', '@x', 'a{b', "it's", 'a"b', 'head', 'a;b', '日本'],
  ...['', '/', 'a/', '/a', 'a//b', '-a', '--all', 'HEAD', 'a..b', 'a.', '.a', 'a/.b', 'a.lock', 'a.lock/b'],
  ...[
    'a b',
    'a\tb',
    'a\nb',
    'a~b',
    'a^b',
    'a:b',
    'a?b',
    'a*b',
    'a[b',
    'a\\b',
    'a@{b',
    '@{-1}',
    'a\x7fb',
    '-',
  ],
])('the branch %j is legal where git says so', (name) => {
  const legal = () => {
    try {
      const said = execFileSync('git', ['check-ref-format', '--branch', name], { stdio: 'pipe', cwd: '/' });
      return said.toString() === `${name}\n`;
    } catch {
      return false;
    }
  };
  expect(branchNameProblem(name) === null).toBe(legal());
});

test('@ is no name of a branch here, though git has one: it means HEAD everywhere else', () => {
  expect(branchNameProblem('@')).toContain('meaning of its own');
});
