import { expect, test } from 'vitest';
import type { DiffFile, DiffStat } from '../../contracts/repository/view.ts';
import { statText } from '../../core/repository/stat-text.ts';

const statOf = (files: DiffFile[], fields: Partial<DiffStat> = {}): DiffStat => ({
  base_sha: 'b',
  head_sha: 'h',
  files,
  files_changed: files.length,
  insertions: files.reduce((sum, { insertions }) => sum + (insertions ?? 0), 0),
  deletions: files.reduce((sum, { deletions }) => sum + (deletions ?? 0), 0),
  truncated: false,
  ...fields,
});
const file = (path: string, insertions: number | null, deletions: number | null): DiffFile => ({
  path,
  status: 'modified',
  insertions,
  deletions,
});

test('a diff is told as git tells it', () => {
  const files = [
    file('a.ts', 1, 0),
    file('src/longer.ts', 100, 50),
    file('logo.png', null, null),
    { ...file('new.ts', 0, 0), old_path: 'old.ts', status: 'renamed' as const },
  ];
  expect(statText(statOf(files))).toBe(
    [
      ' a.ts             |   1 +',
      ` src/longer.ts    | 150 ${'+'.repeat(26)}${'-'.repeat(13)}`,
      ' logo.png         | Bin',
      ' old.ts => new.ts |   0',
      ' 4 files changed, 101 insertions(+), 50 deletions(-)',
      '',
    ].join('\n'),
  );
});

test('the sum leaves out what there is none of', () => {
  expect(statText(statOf([file('a', 1, 0)]))).toContain(' 1 file changed, 1 insertion(+)\n');
  expect(statText(statOf([file('a', 0, 2)]))).toContain(' 1 file changed, 2 deletions(-)\n');
  expect(statText(statOf([]))).toBe(' 0 files changed\n');
});

test('names that would leave their line or hide something are shown as they are; long ones by their end', () => {
  const text = statText(statOf([file('a\nb\u001b[2J\u202e', 1, 1), file(`${'x/'.repeat(500)}end.ts`, 1, 1)]));
  expect(text.split('\n')).toHaveLength(4);
  expect(text).toContain('a\\u{a}b\\u{1b}[2J\\u{202e}');
  expect(text).toMatch(/ \.\.\..*end\.ts /);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(150);
});

test('files that are not listed are counted', () => {
  const text = statText(statOf([file('a', 1, 1)], { files_changed: 10_001, truncated: true }));
  expect(text).toContain('(10000 more files)');
  expect(text).toContain('10001 files changed');
});
