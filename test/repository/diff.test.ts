import { describe, expect, test } from 'vitest';
import { changedFiles, storeDiff } from '../../activities/repository/merge/diff.ts';
import { bare, memoryContents } from './bare.ts';

const signal = new AbortController().signal;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');

async function diffOf(repository: ReturnType<typeof bare>, from: string, to: string) {
  const store = memoryContents();
  const { git_dir } = repository;
  const diff = await storeDiff({ store }, { git_dir, job_id: 'j', from, to }, signal);
  return { diff, patch: store.text(diff.patch_ref), stat: JSON.parse(store.text(diff.stat_ref)) };
}

describe('the diff of two commits', () => {
  test('names each file with how it changed, and counts its lines', async () => {
    const repository = bare();
    const from = repository.commit(null, {
      'moved.txt': lines(1, 30),
      'gone.txt': 'gone\n',
      'bytes.bin': Buffer.from('a\0b'),
      kind: { link: 'elsewhere' },
      'mode.sh': 'echo\n',
    });
    const to = repository.commit(from, {
      'moved.txt': null,
      'to/here now.txt': `${lines(1, 30)}more\n`,
      'gone.txt': null,
      'bytes.bin': Buffer.from('a\0c'),
      kind: 'a file\n',
      'mode.sh': { program: 'echo\n' },
      'new.txt': 'one\ntwo\n',
    });
    const { diff, patch, stat } = await diffOf(repository, from, to);
    expect(stat).toMatchObject({ base_sha: from, head_sha: to, files_changed: 6, truncated: false });
    expect(stat.files).toEqual([
      { path: 'bytes.bin', status: 'modified', insertions: null, deletions: null },
      { path: 'gone.txt', status: 'deleted', insertions: 0, deletions: 1 },
      { path: 'kind', status: 'type_changed', insertions: 1, deletions: 1 },
      { path: 'mode.sh', status: 'modified', insertions: 0, deletions: 0 },
      { path: 'new.txt', status: 'added', insertions: 2, deletions: 0 },
      { path: 'to/here now.txt', old_path: 'moved.txt', status: 'renamed', insertions: 1, deletions: 0 },
    ]);
    expect(diff).toMatchObject({ files_changed: 6, insertions: 4, deletions: 2 });
    expect(diff.files).toContain('moved.txt');
    expect(patch).toContain('rename from moved.txt');
    expect(patch).toContain('Binary files a/bytes.bin and b/bytes.bin differ');
    expect(patch).toContain('+two\n');
    expect(patch.startsWith('diff --git ')).toBe(true);
  });

  test('tells each file whatever it is called', async () => {
    const repository = bare();
    const names = [
      '-n',
      'a "b".txt',
      'tab\t.txt',
      'line\nend',
      ':1 2 3 4 M',
      '1\t2\tx',
      'na\xefve',
      'Case',
      'case',
    ];
    const from = repository.commit(null, { start: 'x\n' });
    const to = repository.commit(from, Object.fromEntries(names.map((name) => [name, 'text\n'])));
    const { diff, patch, stat } = await diffOf(repository, from, to);
    expect(new Set(diff.files)).toEqual(new Set(names.map((name) => name.replace('\xef', '\uFFFD'))));
    expect(stat).toMatchObject({ files_changed: names.length, insertions: names.length });
    expect(patch.match(/^\+text$/gm)).toHaveLength(names.length);
  });

  test('is cut after 20 MB, at the end of a line, and says so', async () => {
    const repository = bare();
    const from = repository.commit(null, { start: 'x\n' });
    const files = [0, 1, 2].map((n) => [`big-${n}.txt`, `${'y'.repeat(99)}\n`.repeat(90_000)]);
    const to = repository.commit(from, Object.fromEntries(files));
    const { diff, patch } = await diffOf(repository, from, to);
    expect(diff).toMatchObject({ files_changed: 3, insertions: 270_000 });
    expect(patch.length).toBeLessThan(20_000_100);
    expect(patch.endsWith('y\n[cut after 20 MB]\n')).toBe(true);
  });

  test('only names a text that is itself over 20 MB', async () => {
    const repository = bare();
    const from = repository.commit(null, { start: 'x\n' });
    const to = repository.commit(from, { 'huge.txt': `${'y'.repeat(99)}\n`.repeat(210_000) });
    const { patch, stat } = await diffOf(repository, from, to);
    expect(stat.files[0]).toMatchObject({ path: 'huge.txt', insertions: null });
    expect(patch).toContain('Binary files /dev/null and b/huge.txt differ');
  });

  test('lists the first 10,000 files and counts all; above 2,000 none are named one by one', async () => {
    const repository = bare();
    const from = repository.commit(null, { start: 'x\n' });
    const blob = repository.git('rev-parse', `${from}:start`);
    const files = Array.from({ length: 10_001 }, (_, n) => [`f/${n}`, { submodule: blob }]);
    const to = repository.commit(from, Object.fromEntries(files));
    const { diff, stat } = await diffOf(repository, from, to);
    expect(stat.files).toHaveLength(10_000);
    expect(stat).toMatchObject({ files_changed: 10_001, truncated: true });
    expect(diff.files).toBeNull();
    expect(await changedFiles({ git_dir: repository.git_dir, from, to }, signal)).toBeNull();
  });

  test('of a commit and itself is empty', async () => {
    const repository = bare();
    const from = repository.commit(null, { start: 'x\n' });
    const { diff, patch } = await diffOf(repository, from, from);
    expect(diff).toMatchObject({ files_changed: 0, insertions: 0, files: [] });
    expect(patch).toBe('');
  });

  test('runs no program that the repository names', async () => {
    const repository = bare();
    const mark = `${repository.git_dir}/ran`;
    for (const key of ['diff.external', 'diff.evil.command', 'diff.evil.textconv', 'core.pager']) {
      repository.git('config', key, `touch ${mark}; true`);
    }
    repository.git('config', 'core.attributesFile', `${repository.git_dir}/attributes`);
    (await import('node:fs')).writeFileSync(`${repository.git_dir}/attributes`, '* diff=evil\n');
    const from = repository.commit(null, { a: 'x\n' });
    const to = repository.commit(from, { a: 'y\n' });
    const { patch } = await diffOf(repository, from, to);
    expect(patch).toContain('-x\n+y\n');
    expect((await import('node:fs')).existsSync(mark)).toBe(false);
  });

  test('names both paths of a renamed file', async () => {
    const repository = bare();
    const from = repository.commit(null, { a: lines(1, 9) });
    const to = repository.commit(from, { a: null, b: lines(1, 9) });
    const { git_dir } = repository;
    expect(await changedFiles({ git_dir, from, to }, signal)).toEqual(['b', 'a']);
  });
});
