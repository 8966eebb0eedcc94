import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deliverWork } from '../../activities/repository/deliver/deliver.ts';
import { BRANCH, depsOf, inputOf, never, type Scene, scene, sh } from './deliver-setup.ts';

const ok = { ok: true, delivered: { kind: 'branch', ref: BRANCH, pull_request: null } };
const deliver = (at: Scene, path: string, head_sha = at.head_sha) =>
  deliverWork(depsOf(at, { roots: [at.root] }), inputOf({ ...at, head_sha }, path), never);
const branchOf = (path: string) => sh(path, 'rev-parse', BRANCH);

test('a repository with a work tree gets the branch, whole, and nothing else in it changes', async () => {
  const at = scene();
  expect(await deliver(at, at.source)).toEqual(ok);
  expect(branchOf(at.source)).toBe(at.head_sha);
  expect(sh(at.source, 'show', `${BRANCH}:b.txt`)).toBe('b.txt');
  sh(at.source, 'fsck', '--strict', '--connectivity-only');
  expect(sh(at.source, 'status', '--porcelain')).toBe('');
  expect(sh(at.source, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
  expect(sh(at.source, 'rev-parse', 'main')).toBe(at.base_sha);
  // only what it had not goes along
  expect(packs(at.source)).toBe(1);
  expect(sh(at.source, 'log', '-1', '--format=%gd %gs %gn', '-g', BRANCH)).toMatch(
    /orchestrator: delivered Orchestrator$/,
  );
});

const packs = (path: string) =>
  readdirSync(join(path, '.git/objects/pack')).filter((name) => name.endsWith('.pack')).length;

test('a bare repository gets the branch', async () => {
  const at = scene();
  expect(await deliver(at, at.bare)).toEqual(ok);
  expect(branchOf(at.bare)).toBe(at.head_sha);
});

test('another repository that lies at the path by now does not get it', async () => {
  const at = scene();
  const other = join(at.root, 'other');
  mkdirSync(other);
  sh(other, 'init', '-q', '-b', 'main');
  const anothers = {
    ok: false,
    retryable: false,
    message: expect.stringContaining('another one lies there'),
  };
  expect(await deliver(at, other)).toMatchObject(anothers);
  sh(other, 'commit', '-q', '--allow-empty', '-m', 'something else');
  expect(await deliver(at, other)).toMatchObject(anothers);
  expect(sh(other, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
});

test('a linked worktree gets it into the repository that it belongs to', async () => {
  const at = scene();
  const tree = join(at.root, 'tree');
  sh(at.source, 'worktree', 'add', '-q', '-b', 'side', tree);
  expect(await deliver(at, tree)).toEqual(ok);
  expect(branchOf(at.source)).toBe(at.head_sha);
});

test('a repetition changes nothing, and a job that went on moves the branch on', async () => {
  const at = scene();
  await deliver(at, at.source);
  expect(await deliver(at, at.source)).toEqual(ok);
  expect(packs(at.source)).toBe(1);
  const later = at.land('c.txt', at.head_sha);
  expect(await deliver(at, at.source, later)).toEqual(ok);
  expect(branchOf(at.source)).toBe(later);
});

test('a repetition that was cut off after the objects came goes on', async () => {
  const at = scene();
  await deliver(at, at.source);
  sh(at.source, 'update-ref', '-d', `refs/heads/${BRANCH}`);
  expect(await deliver(at, at.source)).toEqual(ok);
  expect(branchOf(at.source)).toBe(at.head_sha);
});

test('what somebody committed on top of a delivered branch stays', async () => {
  const at = scene();
  await deliver(at, at.source);
  const tree = sh(at.source, 'rev-parse', `${BRANCH}^{tree}`);
  const theirs = sh(at.source, 'commit-tree', tree, '-p', BRANCH, '-m', 'mine');
  sh(at.source, 'update-ref', `refs/heads/${BRANCH}`, theirs);
  expect(await deliver(at, at.source)).toEqual(ok);
  expect(branchOf(at.source)).toBe(theirs);
});

test('a branch of that name with other commits is refused, and stays', async () => {
  const at = scene();
  const tree = sh(at.source, 'rev-parse', 'main^{tree}');
  const theirs = sh(at.source, 'commit-tree', tree, '-p', 'main', '-m', 'theirs');
  sh(at.source, 'branch', BRANCH, theirs);
  const message = expect.stringContaining(
    `has a branch ${BRANCH} already with commits that this job does not know`,
  );
  expect(await deliver(at, at.source)).toEqual({ ok: false, retryable: false, message });
  expect(branchOf(at.source)).toBe(theirs);
});

test.each(['the repository itself', 'a linked worktree'])(
  'the branch checked out in %s is never moved',
  async (where) => {
    const at = scene();
    if (where === 'a linked worktree')
      sh(at.source, 'worktree', 'add', '-q', '-b', BRANCH, join(at.folder, 'elsewhere'));
    else sh(at.source, 'checkout', '-q', '-b', BRANCH);
    const message = expect.stringMatching(/is checked out in the repository.*Switch to another branch/);
    expect(await deliver(at, at.source)).toEqual({ ok: false, retryable: false, message });
    expect(branchOf(at.source)).toBe(at.base_sha);
  },
);

test('a branch that stands for another one is not written through', async () => {
  const at = scene();
  sh(at.source, 'symbolic-ref', `refs/heads/${BRANCH}`, 'refs/heads/main');
  const message = expect.stringContaining('stands for another one');
  expect(await deliver(at, at.source)).toEqual({ ok: false, retryable: false, message });
  expect(sh(at.source, 'rev-parse', 'main')).toBe(at.base_sha);
});

test('a branch in the way of the name is told', async () => {
  const at = scene();
  sh(at.source, 'branch', 'orchestrator');
  const message = expect.stringContaining('has a branch whose name stands in the way');
  expect(await deliver(at, at.source)).toEqual({ ok: false, retryable: false, message });
});

test('a shallow repository gets the whole history of the branch', async () => {
  const at = scene();
  writeFileSync(join(at.source, 'a.txt'), 'two\n');
  sh(at.source, 'commit', '-qam', 'second');
  const shallow = join(at.root, 'shallow');
  sh(at.root, 'clone', '-q', '--depth=1', `file://${at.source}`, shallow);
  expect(await deliver(at, shallow)).toEqual(ok);
  expect(sh(shallow, 'show', `${BRANCH}:b.txt`)).toBe('b.txt');
});

test('nothing that the repository names is run', async () => {
  const at = scene();
  const canary = join(at.folder, 'canary');
  const program = join(at.folder, 'program');
  writeFileSync(program, `#!/bin/sh\necho "$0 $@" >> ${canary}\n`);
  chmodSync(program, 0o755);
  const hooks = join(at.source, '.git/hooks');
  mkdirSync(hooks, { recursive: true });
  const names = [
    'reference-transaction',
    'post-receive',
    'pre-receive',
    'update',
    'post-update',
    'proc-receive',
  ];
  for (const hook of [
    ...names,
    'pre-push',
    'post-checkout',
    'pre-auto-gc',
    'push-to-checkout',
    'fsmonitor-watchman',
  ]) {
    symlinkSync(program, join(hooks, hook));
  }
  const included = join(at.folder, 'included');
  writeFileSync(included, `[core]\n\thooksPath = ${hooks}\n\tfsmonitor = ${program}\n`);
  for (const [key, value] of Object.entries({
    'core.hooksPath': hooks,
    'core.fsmonitor': program,
    'core.sshCommand': program,
    'core.gitProxy': program,
    'core.alternateRefsCommand': program,
    'core.pager': program,
    'core.editor': program,
    'credential.helper': program,
    'uploadpack.packObjectsHook': program,
    'gpg.program': program,
    'diff.external': program,
    'gc.auto': '1',
    'gc.recentObjectsHook': program,
    'receive.denyCurrentBranch': 'updateInstead',
    'filter.x.clean': program,
    'filter.x.process': program,
    'extensions.partialClone': 'origin',
    'remote.origin.url': `ext::${program}`,
    'remote.origin.promisor': 'true',
    'protocol.ext.allow': 'always',
    'protocol.allow': 'always',
    'include.path': included,
  })) {
    sh(at.source, 'config', key, value);
  }
  sh(at.source, 'config', 'core.repositoryFormatVersion', '1');
  mkdirSync(join(at.source, '.git/objects/info'), { recursive: true });
  writeFileSync(join(at.source, '.git/objects/info/alternates'), `${at.bare}/objects\n`);
  expect(await deliver(at, at.source)).toEqual(ok);
  expect(existsSync(canary)).toBe(false);
  // the canary sings
  expect(() => sh(at.source, 'update-ref', 'refs/heads/x', 'main')).not.toThrow();
  expect(existsSync(canary)).toBe(true);
});

const root = process.getuid?.() === 0;

test.skipIf(!root)('the repository of another user gets files that this user can go on with', async () => {
  const at = scene();
  const nobody = 65534;
  // the folders above are open to them, as those of a person are
  chmodSync(at.folder, 0o755);
  own(at.source, nobody);
  expect(await deliver(at, at.source)).toEqual(ok);
  for (const path of [
    `refs/heads/${BRANCH}`,
    'refs/heads/orchestrator',
    `logs/refs/heads/${BRANCH}`,
    'objects/pack',
  ]) {
    expect(statSync(join(at.source, '.git', path)).uid).toBe(nobody);
  }
  const as = { cwd: at.source, uid: nobody, gid: nobody, env: { PATH: process.env.PATH, HOME: '/' } };
  execFileSync('git', ['branch', '-q', '-D', BRANCH], as);
});

function own(path: string, id: number): void {
  chownSync(path, id, id);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) own(join(path, name), id);
}

test('a repository that can not be written to is told', async () => {
  const at = scene();
  // also root can't make folders below a file
  writeFileSync(join(at.source, '.git/refs/heads/orchestrator'), 'x');
  const result = await deliver(at, at.source);
  expect(result).toMatchObject({ ok: false, message: expect.stringContaining(BRANCH) });
});

test('what can not be delivered in that way is told before anything is done', async () => {
  const at = scene();
  const deps = {
    ...depsOf(at, { roots: [at.root], hosts: { 'git.test': {}, 'open.test': { allow_push: true } } }),
    reachPoint: () => Promise.reject(new Error('too far')),
  };
  const said = async (location: string, kind: 'branch' | 'push' | 'pull_request', head_sha = at.head_sha) =>
    await deliverWork(deps, inputOf({ ...at, head_sha }, location, kind), never);
  const refused = (message: RegExp) => ({
    ok: false,
    retryable: false,
    message: expect.stringMatching(message),
  });
  expect(await said(at.source, 'push')).toEqual(refused(/takes `deliver: branch`/));
  expect(await said('https://git.test/o/r', 'push')).toEqual(
    refused(/set allow_push: true at repositories.hosts\["git.test"\]/),
  );
  expect(await said('https://open.test/o/r', 'pull_request')).toEqual(
    refused(/set api \(github or gitlab\)/),
  );
  expect(await said('https://other.test/o/r', 'push')).toEqual(
    refused(/repositories.hosts of the configuration does not name/),
  );
  expect(await said('ext::sh -c x', 'push')).toEqual(refused(/must be the absolute path/));
});

test('of a URL, `branch` leaves the branch here', async () => {
  const at = scene();
  const deps = depsOf(at, { hosts: { 'git.test': {} } });
  expect(await deliverWork(deps, inputOf(at, 'https://git.test/o/r'), never)).toEqual(ok);
});
