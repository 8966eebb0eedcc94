import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isDotGit } from '../../activities/repository/commit/dot-git.ts';
import { scanFolder } from '../../activities/repository/commit/scan.ts';
import { tempFolder, writeFiles } from './bare.ts';
import { type TestJob, testJob } from './task-host.ts';

const TASK = 'refs/heads/orchestrator/j/tasks/t';
const paths = (job: TestJob) =>
  job.mirror('ls-tree', '-r', '-z', '--name-only', TASK).split('\0').filter(Boolean);
const bytes = (folder: string, name: string) =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);

const NAMES = [
  'with space',
  ' leading',
  'trailing ',
  'new\nline',
  '\ttab',
  '-rf',
  '--exec=x',
  'quo"te',
  "quo'te",
  'back\\slash',
  '$(touch x)',
  ':(exclude)a',
  ':!a',
  '*',
  '[a]',
  '#comment',
  '!negated',
  'Case',
  'case',
  'é',
  'e\u0301',
  '\u202egpj',
  '😀',
  'a'.repeat(255),
];

test('names of any kind are committed, changed and removed, and nothing of them is read as anything else', async () => {
  const job = await testJob({ 'a.txt': 'a\n' });
  const folder = await job.prepare('t');
  for (const name of NAMES) {
    writeFileSync(join(folder, name), name);
    if (name.length < 200) writeFiles(folder, { [`d/${name}/inside`]: name });
  }
  writeFileSync(bytes(folder, 'latin-\xe9\xff'), 'not UTF-8');
  const committed = await job.commit('t');
  const expected = [...NAMES, ...NAMES.filter((name) => name.length < 200).map((name) => `d/${name}/inside`)];
  const there = new Set(paths(job));
  for (const name of expected) expect(there).toContain(name);
  expect(there.size).toBe(expected.length + 2);
  expect(committed).toMatchObject({ ignored_files: 0, warnings: [] });
  const at = { ...job.at, head_sha: committed.head_sha };
  expect(at.head_sha).toBe(job.mirror('rev-parse', TASK));
});

test('names of any kind in the repository are changed and removed', async () => {
  const files = Object.fromEntries(
    [...NAMES, 'latin-\xe9\xff'].map((name) => [Buffer.from(name).toString('latin1'), 'x\n']),
  );
  const job = await testJob(files);
  const folder = await job.prepare('t');
  for (const [index, name] of NAMES.entries()) {
    if (index % 2 === 0) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), 'changed\n');
  }
  expect(await job.commit('t')).toMatchObject({ files_changed: NAMES.length, warnings: [] });
  expect(paths(job)).toHaveLength(NAMES.length - NAMES.length / 2 + 1);
});

test('what other file systems take for .git is left out and named', async () => {
  for (const name of [
    '.git',
    '.GIT',
    '.Git',
    'git~1',
    'GIT~1',
    '.git ',
    '.git..',
    '.git::$INDEX_ALLOCATION',
    '.g\u200cit',
    'a\\.git',
    '.git\\x',
  ]) {
    expect(isDotGit(name), name).toBe(true);
  }
  for (const name of ['git', '.gitignore', '.github', 'git~2', '.git-x', 'x.git'])
    expect(isDotGit(name), name).toBe(false);
  const job = await testJob();
  const folder = await job.prepare('t');
  writeFiles(folder, { '.GIT/config': 'x', 'sub/git~1': 'x', 'sub/.g\u200cit/hooks/x': 'x', 'sub/ok': 'ok' });
  symlinkSync('ok', join(folder, 'sub/.gitmodules'));
  const committed = await job.commit('t');
  expect(committed.files).toEqual(['sub/ok']);
  for (const name of ['.GIT', 'sub/git~1', 'sub/.g\uFFFDit', 'sub/.gitmodules']) {
    expect(committed.warnings.join()).toContain(`"${name}"`);
  }
});

test('links are committed as links, and those that lead out are named', async () => {
  const job = await testJob({ 'a.txt': 'a\n', old: { link: '/usr' }, 'dir/x': 'x\n' });
  const folder = await job.prepare('t');
  const outside = tempFolder();
  writeFiles(outside, { secret: 'of somebody else\n' });
  rmSync(join(folder, 'dir'), { recursive: true });
  for (const [name, target] of Object.entries({
    dir: outside,
    up: '../../etc/passwd',
    in: 'a.txt',
    'sub/in': '../a.txt',
    'sub/out': '../../x',
    broken: 'nowhere',
    loop: 'loop',
  })) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    symlinkSync(target, join(folder, name));
  }
  const committed = await job.commit('t');
  const text = committed.warnings.join();
  expect(text).toMatch(/^links that lead out of the repository: ("(dir|up|sub\/out)"(, )?){3}$/);
  expect(job.mirror('ls-tree', TASK, 'dir')).toMatch(/^120000 blob/);
  expect(job.deps.store.text(committed.patch_ref!)).not.toContain('of somebody else');
});

test('pipes, sockets and devices keep nobody waiting', async () => {
  const job = await testJob({ 'a.txt': 'a\n', 'was/file': 'f\n', '.gitmodules': '' });
  const folder = await job.prepare('t');
  rmSync(join(folder, 'was/file'));
  rmSync(join(folder, '.gitmodules'));
  mkdirSync(join(folder, 'sub'));
  const pipes = [
    'pipe',
    'was/file',
    '.gitmodules',
    'sub/.gitignore',
    'sub/.gitattributes',
    '.gitignore',
    '.gitattributes',
  ];
  for (const pipe of pipes) execFileSync('mkfifo', [join(folder, pipe)]);
  const server = createServer().listen(join(folder, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  writeFiles(folder, { 'sub/x': 'x\n', 'a.txt': 'b\n' });
  const committed = await job.commit('t');
  server.close();
  expect(committed.files?.toSorted()).toEqual(['.gitmodules', 'a.txt', 'sub/x', 'was/file']);
  expect(committed.warnings.join()).toMatch(/neither files nor links, left out: .*"pipe"/);
});

test('rules that are links or endless are no rules', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  symlinkSync('/dev/zero', join(folder, '.gitignore'));
  symlinkSync('/dev/zero', join(folder, '.gitattributes'));
  writeFiles(folder, { x: 'x\n' });
  expect((await job.commit('t')).files).toContain('x');
  rmSync(join(folder, '.gitignore'));
  execFileSync('truncate', ['-s', '2G', join(folder, '.gitignore')]);
  await expect(job.commit('t')).rejects.toThrow('".gitignore" is larger than 10 MiB');
});

test('a folder without an end is refused', async () => {
  const folder = tempFolder();
  for (let n = 0; n < 30; n += 1) writeFileSync(join(folder, String(n)), '');
  const none = {
    tracked: new Set<string>(),
    submodules: new Set<string>(),
    ignored: async () => new Set<string>(),
  };
  await expect(scanFolder({ folder, ...none, entry_limit: 29 })).rejects.toThrow('more than 29 files');
  expect((await scanFolder({ folder, ...none, entry_limit: 30 })).untracked).toHaveLength(30);
  const deep = tempFolder();
  execFileSync(
    'sh',
    [
      '-c',
      'i=0; while [ $i -lt 60 ]; do d=$(printf "%0100d" 0); mkdir "$d" && cd -P "$d" || exit 0; i=$((i+1)); done',
    ],
    {
      cwd: deep,
    },
  );
  await expect(scanFolder({ folder: deep, ...none, entry_limit: 1000 })).rejects.toMatchObject({
    type: 'CommitRefused',
  });
});

test('what lies in an ignored folder is not looked at', async () => {
  const job = await testJob({ '.gitignore': 'out\n' });
  const folder = await job.prepare('t');
  execFileSync(
    'sh',
    ['-c', 'mkdir out && cd out && git init -q nested && mkfifo pipe .gitignore && ln -s / root'],
    { cwd: folder },
  );
  execFileSync('truncate', ['-s', '2G', join(folder, 'out/large')]);
  const committed = await job.commit('t');
  expect(committed).toMatchObject({ commits: 0, warnings: [] });
  expect(committed.ignored_files).toBeGreaterThan(3);
  expect(existsSync(join(folder, 'out/.gitignore'))).toBe(true);
});
