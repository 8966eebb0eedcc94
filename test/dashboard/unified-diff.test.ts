import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type DiffLine,
  partsByFile,
  readFileDiff,
  sideBySide,
  splitPatch,
} from '../../dashboard/data/unified-diff.ts';
import { queueRows } from '../../dashboard/pages/job/changes/queue-rows.ts';
import { makeSource } from '../repository-jobs/source.ts';

const ALL = 1_000_000;
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What git says of two texts. */
function diffOf(before: string, after: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-diff-'));
  folders.push(folder);
  writeFileSync(join(folder, 'a'), before);
  writeFileSync(join(folder, 'b'), after);
  const args = ['diff', '--no-index', '--no-color', '--text', '--', 'a', 'b'];
  return spawnSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 100_000_000 }).stdout;
}

const textsOf = (lines: readonly DiffLine[], ...kinds: DiffLine['kind'][]) =>
  lines.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text);

describe('a patch of git', () => {
  test('is read as what was there and what is, with the numbers of the lines', () => {
    const long = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
    const after = long.with(20, 'another').toSpliced(30, 0, 'one more');
    const { lines, more, notes } = readFileDiff(diffOf(long.join('\n'), `${after.join('\n')}\n`), ALL);
    expect([more, notes]).toEqual([false, []]);
    const numbered = (side: 'before' | 'after', ...kinds: DiffLine['kind'][]) =>
      lines.filter(({ kind }) => kinds.includes(kind)).map((line) => [line[side], line.text]);
    for (const [number, text] of numbered('before', 'same', 'removed'))
      expect(long[Number(number) - 1]).toBe(text);
    for (const [number, text] of numbered('after', 'same', 'added'))
      expect(after[Number(number) - 1]).toBe(text);
    expect(numbered('after', 'added')).toEqual([
      [21, 'another'],
      [31, 'one more'],
      [41, 'line 40'],
    ]);
    expect(textsOf(lines, 'note')).toEqual(['No newline at end of file']);
    expect(textsOf(lines, 'hunk')).toHaveLength(3);
  });

  test('may have lines that look like its own heads: they are lines all the same', () => {
    const before = '-- a/x\n@@ -1 +1 @@\ndiff --git a/x b/x\n\\ No newline\nold\n';
    const after = '++ b/x\n@@ -9 +9 @@\ndiff --git a/y b/y\n\\ None\nnew\n';
    const patch = diffOf(before, after);
    expect(splitPatch(patch)).toEqual([patch]);
    const { lines } = readFileDiff(patch, ALL);
    expect(textsOf(lines, 'same', 'removed')).toEqual(before.trimEnd().split('\n'));
    expect(textsOf(lines, 'same', 'added')).toEqual(after.trimEnd().split('\n'));
  });

  test('is read as far as it is asked for, and of a line without end the beginning', () => {
    const patch = diffOf('', `${'x'.repeat(5_000_000)}\n${'y\n'.repeat(5000)}`);
    const { lines, more } = readFileDiff(patch, 100);
    expect([lines.length, more]).toEqual([100, true]);
    expect(lines[1]).toMatchObject({ kind: 'added', after: 1, cut: 5_000_000 - 2000 });
    expect(lines[1]!.text).toHaveLength(2000);
    expect(readFileDiff(patch, ALL).more).toBe(false);
    // lines that are all long come in smaller parts
    const wide = readFileDiff(diffOf('', `${'é'.repeat(3000)}\n`.repeat(1000)), 500);
    expect([wide.more, wide.lines.length < 60]).toEqual([true, true]);
  });

  test('that was cut in the middle of a file is read to there', () => {
    const patch = `${diffOf('a\nb\nc\n', 'a\nx\nc\n').split('\n').slice(0, -2).join('\n')}\n[cut after 20 MB]\n`;
    expect(readFileDiff(patch, ALL).lines.at(-1)).toMatchObject({ kind: 'note', text: '[cut after 20 MB]' });
  });

  test.each(['', 'The change is too large to be shown here: fetch the branch to see it.\n', '@@', '\n\n'])(
    'that is none has no files: %j',
    (patch) => {
      expect(partsByFile(patch, [{ status: 'modified' }])).toEqual([[]]);
      expect(readFileDiff(patch, ALL).more).toBe(false);
    },
  );

  test('has the parts of each file in the order of its list, whatever the files are called and became', () => {
    const source = makeSource({
      'a b.txt': 'one\n',
      'gone.txt': 'gone\n',
      'link.txt': 'a file\n',
      'moved.txt': 'much to move\n'.repeat(20),
      'run.sh': 'true\n',
    });
    folders.push(source.path);
    const at = (name: string) => join(source.path, name);
    const hostile = 'diff --git a\nb\t"<img src=x onerror=alert(1)>\u202e';
    writeFileSync(at('a b.txt'), 'two\n');
    unlinkSync(at('gone.txt'));
    unlinkSync(at('link.txt'));
    symlinkSync('run.sh', at('link.txt'));
    renameSync(at('moved.txt'), at('new name.txt'));
    chmodSync(at('run.sh'), 0o755);
    writeFileSync(at(hostile), 'hostile\n');
    writeFileSync(at('picture.bin'), Buffer.from([0, 1, 2, 0]));
    source.git('add', '--all');
    const options = ['diff', '--cached', '-M', '--no-color'];
    const files = source
      .git(...options, '--raw', '-z')
      .split('\0')
      .filter((record) => record.startsWith(':'))
      .map((record) => ({ status: / T/.test(record) ? 'type_changed' : 'other' }));
    const parts = partsByFile(source.git(...options, '-p'), files).map((all) =>
      all.map((part) => readFileDiff(part, ALL)),
    );
    const told = parts.map((all) =>
      all.map(({ notes, lines }) => [...notes, ...textsOf(lines, 'added', 'removed')].join(', ')),
    );
    expect(told.map((all) => all.join(' | ').replace(/[0-9a-f]{7,}/g, ''))).toEqual([
      'one, two',
      'new file mode 100644, hostile',
      'deleted file mode 100644, gone',
      'deleted file mode 100644, a file | new file mode 120000, run.sh',
      'similarity index 100%',
      'new file mode 100644, Binary files /dev/null and b/picture.bin differ',
      'old mode 100644, new mode 100755',
    ]);
  });

  test('is shown in two columns with what came beside what it came for', () => {
    const { lines } = readFileDiff(diffOf('a\nb\nc\nd', 'a\nx\nc\ny\nz\n'), ALL);
    const rows = sideBySide(lines).map(({ before, after }) => [before?.text ?? null, after?.text ?? null]);
    expect(rows).toEqual([
      [expect.stringMatching(/^@@/), expect.stringMatching(/^@@/)],
      ['a', 'a'],
      ['b', 'x'],
      ['c', 'c'],
      ['d', 'y'],
      ['No newline at end of file', 'z'],
    ]);
  });
});

test('a merge queue tells who is checked first, then who waits, then who needs something', () => {
  const task = (task_id: string, merge: string, status = 'running') => ({
    ...{ task_id, title: task_id, status, repository: { merge } },
  });
  const job = {
    repository: { queue: ['next', 'now', 'later'] },
    tasks: [
      task('back', 'taken_back'),
      task('later', 'queued'),
      task('now', 'checking'),
      task('stuck', 'conflict'),
      task('done', 'landed', 'completed'),
      task('left', 'conflict', 'skipped'),
      task('next', 'queued'),
      { task_id: 'young', title: 'young', status: 'pending' },
    ],
  } as unknown as Parameters<typeof queueRows>[0];
  expect(queueRows(job).map(({ task_id, place }) => [task_id, place])).toEqual([
    ['now', 1],
    ['next', 2],
    ['later', 3],
    ['stuck', null],
    ['back', null],
  ]);
});
