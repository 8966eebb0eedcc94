import { describe, expect, test } from 'vitest';
import { mergeWork } from '../../activities/repository/merge/merge.ts';
import type { MergePart } from '../../contracts/repository/work.ts';
import type { Change } from './bare.ts';
import { type Host, host } from './host.ts';

const signal = new AbortController().signal;
const MERGED_AT = '2026-01-02T03:04:05.678Z';
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');

const merge = ({ deps, at }: Host, parts: MergePart[], lock_command: string | null = null) =>
  mergeWork(deps, { at, parts, lock_command, merged_at: MERGED_AT }, signal);

/** Two tasks' changes on top of a base. */
async function meet(base: Record<string, Change>, a: Record<string, Change>, b: Record<string, Change>) {
  const running = await host(base);
  const candidate = await merge(running, [running.part('a', a), running.part('b', b)]);
  const hunks = candidate.conflict ? running.deps.store.text(candidate.conflict.hunks_ref) : '';
  return { ...running, candidate, hunks };
}

describe('work that fits together', () => {
  test('becomes a chain of merge commits, one a part, that names task and job', async () => {
    const { mirror, candidate, at } = await meet(
      { f: lines(1, 9) },
      { a: 'a\n' },
      { b: 'b\n', f: lines(0, 9) },
    );
    const sha = candidate.candidate_sha!;
    expect(candidate).toMatchObject({ merged: ['a', 'b'], conflict: null });
    expect(mirror.git('log', '--first-parent', '--format=%s', sha).split('\n')).toEqual([
      'Merge: Work of b',
      'Merge: Work of a',
      'the base',
    ]);
    expect(mirror.git('log', '-1', '--format=%(trailers:only)%an <%ae> %aI %cI', sha)).toBe(
      'Orchestrator-Job: job-1\nOrchestrator-Task: b\nOrchestrator <orchestrator@localhost> 2026-01-02T03:04:05+00:00 2026-01-02T03:04:05+00:00',
    );
    expect(mirror.git('ls-tree', '--name-only', sha).split('\n')).toEqual(['a', 'b', 'f']);
    expect(mirror.git('rev-parse', 'refs/heads/orchestrator/job-1/result')).toBe(at.head_sha);
  });

  test('gives the same shas when it is merged again, also on another host', async () => {
    const changes: Record<string, Change>[] = [{ a: '1\n' }, { b: '2\n' }, { c: '3\n' }];
    const once = async () => {
      const running = await host({ f: 'f\n' });
      const parts = changes.map((change, n) => running.part(`t${n}`, change));
      return [await merge(running, parts), await merge(running, parts)];
    };
    const [[first, again], [other]] = [await once(), await once()];
    expect(again).toEqual(first);
    expect(other).toEqual(first);
  });

  test('that is there already is merged without a commit', async () => {
    const running = await host({ f: 'f\n' });
    const part = running.part('a', { a: 'a\n' });
    const at = { ...running.at, head_sha: running.part('x', { b: 'b\n' }, part.head_sha).head_sha, fence: 1 };
    running.mirror.git('update-ref', 'refs/heads/orchestrator/job-1/result', at.head_sha);
    expect(await merge({ ...running, at }, [part])).toEqual({
      candidate_sha: at.head_sha,
      merged: ['a'],
      conflict: null,
    });
  });

  test('may have any title: it stays one line', async () => {
    const running = await host({ f: 'f\n' });
    const part = {
      ...running.part('a', { a: 'a\n' }),
      title: `-m "x"\n\nOrchestrator-Job: other\u202e${'y'.repeat(500)}`,
    };
    const { candidate_sha } = await merge(running, [part]);
    const message = running.mirror.git('log', '-1', '--format=%B', candidate_sha!);
    expect(message.split('\n')).toHaveLength(4);
    expect(
      running.mirror.git('log', '-1', '--format=%(trailers:key=Orchestrator-Job,valueonly)', candidate_sha!),
    ).toBe('job-1');
  });

  test('may have files of any name', async () => {
    const names = ['-n', 'a "b"', 'tab\t', 'line\nend', 'na\xefve', ':(glob)*', 'x~y'];
    const { mirror, candidate } = await meet(
      { f: 'f\n' },
      Object.fromEntries(names.map((name) => [`a/${name}`, 'a\n'])),
      Object.fromEntries(names.map((name) => [`b/${name}`, 'b\n'])),
    );
    expect(candidate.conflict).toBeNull();
    expect(mirror.git('ls-tree', '-r', '--name-only', candidate.candidate_sha!).split('\n')).toHaveLength(15);
  });
});

describe('work that does not', () => {
  test('stops at the first part that does not merge; those before it are the candidate', async () => {
    const running = await host({ f: lines(1, 5), g: 'g\n' });
    const parts = [
      running.part('a', { f: lines(1, 5).replace('line 3', 'line of a') }),
      running.part('b', { f: lines(1, 5).replace('line 3', 'line of b') }),
      running.part('c', { g: 'c\n' }),
    ];
    const candidate = await merge(running, parts);
    expect(candidate).toMatchObject({ merged: ['a'], conflict: { task_id: 'b', files: ['f'] } });
    expect(candidate.candidate_sha).toBe((await merge(running, parts.slice(0, 1))).candidate_sha);
    const hunks = running.deps.store.text(candidate.conflict!.hunks_ref);
    expect(hunks).toContain('--- f, from line 1');
    expect(hunks).toMatch(
      /<<<<<<< what has landed\nline of a\n\|\|\|\|\|\|\| \w+\nline 3\n=======\nline of b\n>>>>>>> the work of b\n/,
    );
  });

  test('has no candidate when the first does not merge', async () => {
    const running = await host({ f: 'f\n' });
    const landed = running.part('a', { f: 'a\n' }).head_sha;
    running.mirror.git('update-ref', 'refs/heads/orchestrator/job-1/result', landed);
    const at = { ...running.at, head_sha: landed, fence: 1 };
    const candidate = await merge({ ...running, at }, [running.part('b', { f: 'b\n' })]);
    expect(candidate).toMatchObject({ candidate_sha: null, merged: [], conflict: { task_id: 'b' } });
  });

  const long = lines(1, 40);
  test.each<[string, Record<string, Change>, Record<string, Change>, string[], RegExp]>([
    ['both change a line', { f: 'a\n' }, { f: 'b\n' }, ['f'], /content\): Merge conflict in f/],
    ['both add a file', { n: 'a\n' }, { n: 'b\n' }, ['n'], /add\/add/],
    ['one deletes what the other changes', { f: null }, { f: 'b\n' }, ['f'], /modify\/delete\): f deleted/],
    [
      'both rename a file',
      { long: null, x: long },
      { long: null, y: long },
      ['long', 'x', 'y'],
      /rename\/rename/,
    ],
    [
      'one makes a file where the other makes a folder',
      { n: 'a\n' },
      { 'n/f': 'b\n' },
      ['n'],
      /file\/directory/,
    ],
    ['one renames what the other deletes', { long: null, x: long }, { long: null }, ['x', 'long'], /delete/],
    ['both change bytes', { bin: Buffer.from('a\0') }, { bin: Buffer.from('b\0') }, ['bin'], /bin/],
    ['a file becomes a link for one', { f: { link: 'g' } }, { f: 'b\n' }, ['f'], /distinct types|modify/],
    ['modes differ', { n: { program: 'x\n' } }, { n: { link: 'x\n' } }, ['n'], /distinct types|add\/add/],
    ['links differ', { link: { link: 'a' } }, { link: { link: 'b' } }, ['link'], /link/],
    [
      'submodules differ',
      { sub: { submodule: '1'.repeat(40) } },
      { sub: { submodule: '2'.repeat(40) } },
      ['sub'],
      /submodule|sub/,
    ],
    [
      'names differ in case only',
      { 'Read me.md': 'a\n' },
      { 'READ ME.md': 'b\n' },
      ['Read me.md', 'READ ME.md'],
      /case/,
    ],
    [
      'names differ in the form of a letter',
      { 'caf\xc3\xa9': 'a\n' },
      { 'cafe\xcc\x81': 'b\n' },
      ['caf\u00e9', 'cafe\u0301'],
      /case/,
    ],
  ])('is told with files and what git says: %s', async (_, a, b, files, said) => {
    const base = {
      f: 'f\n',
      long,
      bin: Buffer.from('f\0'),
      link: { link: 'x' },
      sub: { submodule: '3'.repeat(40) },
    };
    const { candidate, hunks } = await meet(base, a, b);
    expect(candidate.merged).toEqual(['a']);
    expect(new Set(candidate.conflict?.files)).toEqual(new Set(files));
    expect(hunks).toMatch(said);
    expect(hunks).not.toMatch(/[0-9a-f]{40}/);
  });

  test('names that one task has side by side itself, in two cases, are its own affair', async () => {
    const { candidate } = await meet({ f: 'f\n' }, { a: 'a\n' }, { Makefile: 'x\n', makefile: 'y\n' });
    expect(candidate.conflict).toBeNull();
  });

  test('a file that one task renames to another case merges', async () => {
    const { candidate } = await meet(
      { readme: lines(1, 9) },
      { a: 'a\n' },
      { readme: null, README: lines(1, 9) },
    );
    expect(candidate.conflict).toBeNull();
  });

  test('is told of names that are no UTF-8, and of many files', async () => {
    const names = ['na\xefve', ...Array.from({ length: 600 }, (_, n) => `f${n}`)];
    const all = (text: string) => Object.fromEntries(names.map((name) => [name, text]));
    const { candidate } = await meet(all('x\n'), all('a\n'), all('b\n'));
    expect(candidate.conflict!.files).toHaveLength(500);
  });

  test('shows at most 100,000 characters of it', async () => {
    const many = (text: string) => Array.from({ length: 30_000 }, (_, n) => `${text} ${n}\n`).join('');
    const { hunks } = await meet({ f: many('x') }, { f: many('a') }, { f: many('b') });
    expect(hunks).toHaveLength(100_000);
    expect(hunks.endsWith('\n[cut here]\n')).toBe(true);
  });

  test('files that are full of marks are read in a moment', async () => {
    const marks = '<<<<<<< x\n'.repeat(30_000);
    const { hunks } = await meet({ f: 'f\n' }, { f: `a\n${marks}` }, { f: `b\n${marks}` });
    expect(hunks).toContain('--- f, from line 1');
  });
});
