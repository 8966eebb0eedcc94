import { expect, test } from 'vitest';
import { prefixed } from '../../activities/repository/merge/attributes.ts';
import { mergeWork } from '../../activities/repository/merge/merge.ts';
import type { Change } from './bare.ts';
import { host } from './host.ts';

const signal = new AbortController().signal;

/** Two tasks that change the same line of each file. */
async function merged(base: Record<string, Change>, paths: string[], config: [string, string][] = []) {
  const files = (text: string) => Object.fromEntries(paths.map((path) => [path, `start\n${text}\n`]));
  const { deps, at, mirror, part } = await host({ ...files('base'), ...base });
  for (const [key, value] of config) mirror.git('config', key, value);
  const parts = [part('a', files('a')), part('b', files('b'))];
  const candidate = await mergeWork(
    deps,
    { at, parts, lock_command: null, merged_at: '2026-01-02T03:04:05Z' },
    signal,
  );
  return { candidate, mirror, files: candidate.conflict?.files ?? [] };
}

test('a tree that says merge=union has both sides, whatever the folder and its name', async () => {
  const folders = [
    '',
    'sub/',
    'sub/deep/',
    'a b/',
    '[x]/',
    '*/',
    'q"q/',
    'back\\slash/',
    '!no/',
    '#no/',
    'n\xef/',
  ];
  const base = Object.fromEntries(folders.map((folder) => [`${folder}.gitattributes`, 'list merge=union\n']));
  const paths = folders.map((folder) => `${folder}list`);
  const { candidate, mirror, files } = await merged(base, paths);
  expect(files).toEqual([]);
  for (const path of paths.slice(0, 5)) {
    expect(mirror.read(candidate.candidate_sha!, path)).toBe('start\na\nb\n');
  }
});

test('what a folder says is for that folder only, and counts for more than what is said above', async () => {
  const { files } = await merged(
    {
      '.gitattributes': '*.md merge=union\n',
      'strict/.gitattributes': '*.md -merge\n',
      'x/.gitattributes': '*.txt merge=union\n/only merge=union\nin/here merge=union\n',
    },
    ['a.md', 'strict/a.md', 'a.txt', 'x/a.txt', 'x/only', 'x/y/only', 'x/in/here', 'x/y/in/here', '[x]/only'],
  );
  expect(new Set(files)).toEqual(new Set(['strict/a.md', 'a.txt', 'x/y/only', 'x/y/in/here', '[x]/only']));
});

test('attributes are those of what has landed: work does not bend its own merge', async () => {
  const { deps, at, part } = await host({ f: 'base\n' });
  const parts = [part('a', { f: 'a\n' }), part('b', { f: 'b\n', '.gitattributes': '* merge=union\n' })];
  const input = { at, parts, lock_command: null, merged_at: '2026-01-02T03:04:05Z' };
  expect((await mergeWork(deps, input, signal)).conflict?.files).toEqual(['f']);
});

test('attributes that one part brings count for those after it', async () => {
  const { deps, at, part } = await host({ f: 'base\n' });
  const parts = [
    part('x', { '.gitattributes': 'f merge=union\n' }),
    part('a', { f: 'a\n' }),
    part('b', { f: 'b\n' }),
  ];
  const input = { at, parts, lock_command: null, merged_at: '2026-01-02T03:04:05Z' };
  expect((await mergeWork(deps, input, signal)).merged).toEqual(['x', 'a', 'b']);
});

test('a driver that is named is not run, and the file is merged as text', async () => {
  const { existsSync } = await import('node:fs');
  const mark = '/tmp/orchestrator-merge-driver-ran';
  const { files } = await merged(
    { '.gitattributes': 'f merge=evil\n' },
    ['f'],
    [['merge.other.driver', `touch ${mark}`]],
  );
  expect(files).toEqual(['f']);
  expect(existsSync(mark)).toBe(false);
});

test('binary files are never merged line by line', async () => {
  const { files } = await merged({ '.gitattributes': 'f binary\n' }, ['f']);
  expect(files).toEqual(['f']);
});

test('lines of go.sum stand for themselves', async () => {
  const { candidate, mirror } = await merged({}, ['go.sum', 'mod/go.sum']);
  expect(mirror.read(candidate.candidate_sha!, 'mod/go.sum')).toBe('start\na\nb\n');
});

test('no file of attributes is written that jobs would share, and links are not followed', async () => {
  const { mirror, files } = await merged({ '.gitattributes': { link: '/etc/passwd' } }, ['f']);
  expect(files).toEqual(['f']);
  expect(mirror.git('config', '--list')).not.toContain('attributes');
  const { existsSync } = await import('node:fs');
  expect(existsSync(`${mirror.git_dir}/info/attributes`)).toBe(false);
});

test('an endless file of attributes is read in part', async () => {
  const { files } = await merged({ '.gitattributes': `${'# x\n'.repeat(2_000_000)}f merge=union\n` }, ['f']);
  expect(files).toEqual(['f']);
});

test.each([
  ['', '*.md merge=union', '"*.md" merge=union\n'],
  ['a', '*.md merge=union', '"/a/**/*.md" merge=union\n'],
  ['a/b', '/x\tmerge=union', '"/a/b/x" merge=union\n'],
  ['a', 'x/*.md  text', '"/a/x/*.md" text\n'],
  ['a', '"with \\"space\\".md" merge=union', '"/a/**/with \\"space\\".md" merge=union\n'],
  ['a', '"\\303\\244" merge=union', '"/a/**/\\303\\244" merge=union\n'],
  ['a', 'folder/ merge=union', ''],
  ['a', '!x merge=union', ''],
  ['a', '# x', ''],
  ['', '[attr]mine merge=union', '[attr]mine merge=union\n'],
  ['a', '[attr]mine merge=union', ''],
  ['[a]', 'x merge=union\r', '"/\\\\[a]/**/x" merge=union\n'],
])('in %j, %j reads %j at the root', (folder, line, expected) => {
  expect(prefixed(folder, line)).toBe(expected);
});
