import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSafeToRemove } from '../../activities/repository/commit/safe-to-remove.ts';
import { tempFolder, writeFiles } from './bare.ts';
import { run, signal, type TestJob, testJob } from './task-host.ts';

const TASK = 'refs/heads/orchestrator/j/tasks/t';
const paths = (job: TestJob) => job.mirror('ls-tree', '-r', '--name-only', TASK).split('\n');

/** A program that leaves a file in a folder of its own when it is run. */
function canary() {
  const folder = tempFolder();
  const program = join(folder, 'program');
  writeFileSync(program, `#!/bin/sh\ntouch '${folder}/ran-'"$1"\ncat\n`);
  chmodSync(program, 0o755);
  return { program, ran: () => readdirSync(folder).filter((name) => name.startsWith('ran')) };
}

/** Everything that git can be told to run, in a repository. */
function arm(gitDir: string, program: string): void {
  mkdirSync(join(gitDir, 'hooks'), { recursive: true });
  for (const hook of [
    'pre-commit',
    'post-checkout',
    'post-index-change',
    'reference-transaction',
    'fsmonitor-watchman',
  ]) {
    writeFileSync(join(gitDir, 'hooks', hook), `#!/bin/sh\n${program} ${hook}\n`, { mode: 0o755 });
  }
  const included = join(gitDir, 'included');
  writeFileSync(included, `[core]\n\tfsmonitor = ${program} included\n`);
  writeFileSync(
    join(gitDir, 'config'),
    `[core]
	repositoryformatversion = 0
	hooksPath = ${gitDir}/hooks
	fsmonitor = ${program} fsmonitor
	sshCommand = ${program} ssh
	pager = ${program} pager
	editor = ${program} editor
	attributesFile = ${gitDir}/attributes
[include]
	path = ${included}
[filter "evil"]
	clean = ${program} clean
	smudge = ${program} smudge
	process = ${program} process
	required = true
[diff]
	external = ${program} external
[diff "evil"]
	command = ${program} command
	textconv = ${program} textconv
[merge "evil"]
	driver = ${program} driver
[uploadpack]
	packObjectsHook = ${program} pack
[credential]
	helper = !${program} credential
[gpg]
	program = ${program}
[commit]
	gpgSign = true
[extensions]
	worktreeConfig = true
`,
  );
  writeFileSync(join(gitDir, 'attributes'), '* filter=evil diff=evil merge=evil\n');
  mkdirSync(join(gitDir, 'info'), { recursive: true });
  writeFileSync(join(gitDir, 'info/attributes'), '* filter=evil diff=evil merge=evil\n');
  writeFileSync(join(gitDir, 'config.worktree'), `[core]\n\tfsmonitor = ${program} worktree\n`);
}

test('nothing runs that the configuration, hooks or attributes of a clone name', async () => {
  const job = await testJob({ 'a.txt': 'a\n', '.gitattributes': '* filter=evil diff=evil merge=evil\n' });
  const folder = await job.prepare('t');
  const { program, ran } = canary();
  writeFiles(folder, { '1.txt': '1\n' });
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'mine');
  arm(join(folder, '.git'), program);
  writeFiles(folder, { 'a.txt': 'changed\n', '2.txt': '2\n' });
  expect(await job.commit('t')).toMatchObject({ commits: 2, warnings: [] });
  expect(await isSafeToRemove(job.deps, { ...job.at, task_id: 't' }, signal)).toBe(true);
  expect(ran()).toEqual([]);
  try {
    run(folder, 'status');
  } catch {}
  expect(ran()).not.toEqual([]); // it was armed
});

test('repositories inside of it are committed as plain files, without being asked anything', async () => {
  const job = await testJob({ 'a.txt': 'a\n' });
  const folder = await job.prepare('t');
  const { program, ran } = canary();
  for (const nested of ['app', 'deep/er/lib', 'empty']) {
    mkdirSync(join(folder, nested), { recursive: true });
    run(join(folder, nested), 'init', '-q');
    if (nested === 'empty') continue;
    writeFiles(join(folder, nested), {
      'file.txt': 'f\n',
      '.gitattributes': '* filter=evil\n',
      'node_modules/x': 'x',
    });
    writeFiles(join(folder, nested), { '.gitignore': 'node_modules\n' });
    run(join(folder, nested), 'add', '-A');
    run(join(folder, nested), 'commit', '-q', '-m', 'nested');
    arm(join(folder, nested, '.git'), program);
  }
  const committed = await job.commit('t');
  expect(paths(job)).toEqual([
    'a.txt',
    'app/.gitattributes',
    'app/.gitignore',
    'app/file.txt',
    'deep/er/lib/.gitattributes',
    'deep/er/lib/.gitignore',
    'deep/er/lib/file.txt',
  ]);
  expect(committed.ignored_files).toBe(2);
  expect(committed.warnings.join()).toContain(
    'committed as plain files without their history: "app", "empty", "deep/er/lib"',
  );
  expect(ran()).toEqual([]);
});

test('a pointer to a nested repository that the agent committed becomes its files', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  mkdirSync(join(folder, 'app'));
  run(join(folder, 'app'), 'init', '-q');
  writeFiles(folder, { 'app/file.txt': 'f\n' });
  run(join(folder, 'app'), 'add', '-A');
  run(join(folder, 'app'), 'commit', '-q', '-m', 'nested');
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'with a pointer');
  expect(run(folder, 'ls-tree', 'HEAD', 'app')).toContain('160000');
  await job.commit('t');
  expect(paths(job)).toEqual(['a.txt', 'app/file.txt']);
});

test('submodules of the repository are left as they are, whatever lies there', async () => {
  const sub = '1'.repeat(40);
  const job = await testJob({ 'a.txt': 'a\n', 'lib/sub': { submodule: sub }, gone: { submodule: sub } });
  const folder = await job.prepare('t');
  const { program, ran } = canary();
  run(join(folder, 'lib/sub'), 'init', '-q');
  writeFiles(folder, { 'lib/sub/file.txt': 'f\n', 'a.txt': 'b\n' });
  arm(join(folder, 'lib/sub/.git'), program);
  rmSync(join(folder, 'gone'), { recursive: true });
  expect(await job.commit('t')).toMatchObject({ files: ['a.txt'], warnings: [] });
  expect(job.mirror('ls-tree', '-r', TASK)).toContain(`160000 commit ${sub}\tlib/sub`);
  rmSync(join(folder, 'lib/sub/.git/HEAD'));
  run(folder, '-c', 'alias.fifo=!mkfifo lib/sub/.git/HEAD', 'fifo');
  await job.commit('t');
  expect(ran()).toEqual([]);
});

test.each<[string, (folder: string, other: string) => void]>([
  [
    'a file that names another repository',
    (folder, other) => writeFileSync(join(folder, '.git'), `gitdir: ${other}\n`),
  ],
  ['a link to another repository', (folder, other) => symlinkSync(other, join(folder, '.git'))],
  ['another repository', (folder) => run(folder, 'init', '-q')],
  ['gone', () => undefined],
])('a .git that is %s: only the files are taken, which is said', async (_what, replace) => {
  const job = await testJob();
  const folder = await job.prepare('t');
  const other = await testJob({ secret: 'of somebody else\n' });
  rmSync(join(folder, '.git'), { recursive: true });
  replace(folder, other.source.git_dir);
  writeFiles(folder, { 'a.txt': 'b\n' });
  const committed = await job.commit('t');
  expect(committed).toMatchObject({ commits: 1, files: ['a.txt'] });
  expect(committed.warnings.join()).toContain('are not taken as such, only what the files are now');
  expect(() => job.mirror('cat-file', '-e', other.at.base_sha)).toThrow();
});

test('alternates that were edited bring nothing of another repository', async () => {
  const job = await testJob();
  const other = await testJob({ secret: 'of somebody else\n' });
  const folder = await job.prepare('t');
  writeFileSync(
    join(folder, '.git/objects/info/alternates'),
    `${join(other.source.git_dir, 'objects')}\n${join(job.git_dir, 'objects')}\n`,
  );
  const blob = other.source.git('rev-parse', 'main:secret');
  run(folder, 'update-index', '--add', '--cacheinfo', `100644,${blob},stolen`);
  run(folder, 'commit', '-q', '-m', 'stolen');
  const committed = await job.commit('t');
  expect(committed.commits).toBe(0);
  expect(committed.warnings.join()).toContain('broken or incomplete');
  expect(() => job.mirror('cat-file', '-e', blob)).toThrow();
});

test('objects that are links, or that lie, are not taken', async () => {
  const job = await testJob();
  const other = await testJob({ secret: 'of somebody else\n' });
  const folder = await job.prepare('t');
  const objects = join(folder, '.git/objects');
  const blob = other.source.git('rev-parse', 'main:secret');
  const [bucket, name] = [blob.slice(0, 2), blob.slice(2)];
  symlinkSync(join(other.source.git_dir, 'objects', bucket), join(objects, bucket));
  run(folder, 'update-index', '--add', '--cacheinfo', `100644,${blob},stolen`);
  run(folder, 'commit', '-q', '-m', 'stolen');
  expect((await job.commit('t')).warnings.join()).toContain('broken or incomplete');
  rmSync(join(objects, bucket));
  mkdirSync(join(objects, bucket));
  const mine = run(folder, 'rev-parse', 'HEAD');
  linkSync(join(objects, mine.slice(0, 2), mine.slice(2)), join(objects, bucket, name));
  expect((await job.commit('t')).warnings.join()).toContain('broken or incomplete');
  expect(() => job.mirror('cat-file', '-e', blob)).toThrow();
});

test('commits with what git refuses from strangers are not taken as such', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  const empty = run(folder, 'hash-object', '-w', '-t', 'tree', '--stdin');
  writeFileSync(join(folder, 'entry'), `40000 tree ${empty}\t.git\n`);
  const tree = run(folder, '-c', 'alias.m=!git mktree < entry', 'm');
  rmSync(join(folder, 'entry'));
  run(folder, 'reset', '-q', '--soft', run(folder, 'commit-tree', tree, '-p', 'HEAD', '-m', 'evil'));
  const committed = await job.commit('t');
  expect(committed.warnings.join()).toContain('broken or incomplete');
  expect(() => job.mirror('cat-file', '-e', tree)).toThrow();
});

test('a HEAD that leads out of the folder is not followed', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  for (const head of ['ref: refs/heads/../../../../x', 'ref: /etc/hostname', 'x'.repeat(10_000), '', '\0']) {
    writeFileSync(join(folder, '.git/HEAD'), head);
    expect((await job.commit('t')).warnings.join()).toContain('its HEAD names no branch');
  }
  rmSync(join(folder, '.git/HEAD'));
  run(folder, '-c', 'alias.fifo=!mkfifo .git/HEAD', 'version');
  expect((await job.commit('t')).warnings).toHaveLength(1);
  expect(existsSync(join(job.git_dir, 'FETCH_HEAD'))).toBe(false);
});
