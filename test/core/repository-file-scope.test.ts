import { matchesGlob } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileConflicts } from '../../core/plan/graph.ts';
import { literalFolder, mayShareFile, meetingPairs } from '../../core/repository/file-scope.ts';
import { someSteps } from '../../core/repository/patterns-meet.ts';
import { taskOf } from './samples.ts';

const part = fc.constantFrom('a', 'b', 'ab', 'c.ts', 'b.ts', '[id].tsx', 'A', 'x y');
const file = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const wildPart = fc.oneof(
  part,
  fc.constantFrom(
    '*',
    '**',
    '*.ts',
    'a*',
    '?',
    '?b',
    '*b*',
    '[ab]',
    '{a,b}',
    '{a,b/c}.ts',
    '{a,{b,c}}',
    '***',
  ),
);
const pattern = fc.array(wildPart, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const patterns = fc.array(pattern, { maxLength: 4 });

/** Whether a pattern names a file, by another reading of it; a plain path is also a folder. */
const names = (glob: string, path: string): boolean =>
  glob === path || path.startsWith(`${glob}/`) || matchesGlob(path, glob);

/** Ways to write a part of a path. */
const WRITTEN: ((name: string) => string)[] = [
  (name) => name,
  () => '*',
  () => '**',
  (name) => `${name[0]}*`,
  (name) => `*${name.at(-1)}`,
  (name) => `?${name.slice(1)}`,
  (name) => `{${name},zz}`,
  (name) => `{zz,{${name},y}}`,
  (name) => `**/${name}`,
  (name) => (/^[a-z]/.test(name) ? `[a-z]${name.slice(1)}` : name),
];
const written = (path: string) =>
  fc
    .tuple(fc.array(fc.nat(WRITTEN.length - 1), { minLength: 6, maxLength: 6 }), fc.nat(5), fc.boolean())
    .map(([ways, end, isCut]) => {
      const parts = path.split('/').map((name, at) => WRITTEN[ways[at]!]!(name));
      return (isCut ? [...parts.slice(0, end), '**'] : parts).join('/');
    });
const fileNamedTwice = file.chain((path) =>
  fc.tuple(fc.constant(path), written(path), written(path), patterns),
);

const share = (a: string[], b: string[], left = someSteps()) =>
  mayShareFile({ files: a }, { files: b }, left);

describe('patterns that may name the same file', () => {
  test('a file that both name is never missed', () => {
    fc.assert(
      fc.property(fileNamedTwice, ([path, one, other, more]) => {
        fc.pre(names(one, path) && names(other, path));
        const [a, b] = [[one, ...more], [other]];
        expect(share(a, b)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('the order of the two lists does not matter', () => {
    fc.assert(
      fc.property(patterns, patterns, (a, b) => {
        expect(share(a, b)).toBe(share(b, a));
        expect(share(a, b)).toBe(a.some((one) => b.some((other) => share([one], [other]))));
      }),
      { numRuns: 2000 },
    );
  });

  test('any texts at all are compared without an error, each with itself the same', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: fc.constantFrom(...'ab/.*?[]{},()!\\\0é') }), (text) => {
        expect(share([text], [text])).toBe(true);
        expect(share([text], ['**'])).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['src/a.ts', './src//a.ts', 'src/a.ts'],
    ['src/a.ts', 'src/*.ts', 'src/a.ts'],
    ['src/*.ts', 'src/a*', 'src/a*'],
    ['src', 'src/deep/a.ts', 'src/deep/a.ts'],
    ['src/', 'src/*.ts', 'src/*.ts'],
    ['.', 'a.ts', 'a.ts'],
    ['/', '**/*.md', '**/*.md'],
    ['**/*.ts', 'a.ts', 'a.ts'],
    ['a/**/b.ts', 'a/b.ts', 'a/b.ts'],
    ['app/[id]/page.tsx', 'app/[id]/*.tsx', 'app/[id]/page.tsx'],
    ['app/[id]/page.tsx', 'app/7/page.tsx', 'app/7/page.tsx'],
    ['src/{a,b}.ts', 'src/b.ts', 'src/b.ts'],
    ['a/../b.ts', 'b.ts', 'b.ts'],
    ['*/../b.ts', 'q/b.ts', 'q/b.ts'],
    ['src/@(a|b).ts', 'src/a.ts', 'src/a.ts'],
  ])('%s and %s', (a, b, narrow) => {
    expect(share([a], [b])).toBe(true);
    const wide = narrow === a ? b : a;
    for (const files of [
      [a, b],
      [b, a],
    ])
      expect([...meetingPairs(files)]).toEqual([[narrow, wide]]);
  });

  test.each([
    ['src/a.ts', 'src/b.ts'],
    ['src/a.ts', 'src/a.tsx'],
    ['src/api', 'src/apis/a.ts'],
    ['src/*.ts', 'src/deep/a.ts'],
    ['src/*.ts', 'src/*.md'],
    ['src/**/*.ts', 'test/**/*.ts'],
    ['src/**/*.ts', 'src/**/*.md'],
    ['packages/*/src/**', 'packages/*/test/**'],
    ['packages/*/a', 'packages/*/b'],
    ['src/a*c', 'src/b*c'],
    ['src/?.ts', 'src/ab.ts'],
    ['src/{a,b}.ts', 'src/c.ts'],
    ['A.ts', 'a.ts'],
    ['src/\\*.ts', 'src/a.ts'],
  ])('not %s and %s', (a, b) => {
    expect(share([a], [b])).toBe(false);
    expect([...meetingPairs([a, b])]).toEqual([]);
  });

  test('hostile patterns come to an end, and count as the same', () => {
    const deep = Array.from({ length: 500 }, (_, at) => `${'**/'.repeat(300)}${at}*`);
    const letters = Array.from({ length: 500 }, (_, at) => `${'*a'.repeat(500)}${at}*`);
    const braces = Array.from({ length: 500 }, () => '{a,b}'.repeat(200));
    const nested = Array.from({ length: 500 }, () => `${'{'.repeat(500)},${'}'.repeat(500)}`);
    const open = Array.from({ length: 500 }, () => '['.repeat(1000));
    const ways = Array.from({ length: 500 }, (_, at) => `${'{a,b,c,d}'.repeat(3)}${at}`);
    const names = Array.from({ length: 500 }, (_, at) => `${'{a,'.repeat(200)}*${at}`);
    const many = [deep, letters, braces, nested, open, ways, names];
    for (const a of many) {
      const left = someSteps();
      for (const b of many) share(a, [...b, 'zz'], left);
      // one pair of patterns may go a little beyond
      expect(left.steps).toBeGreaterThan(-20_000);
      expect(share(a, [...a])).toBe(true);
      expect([...meetingPairs(many.flat())].length).toBeLessThan(1_000_000);
    }
  });
});

describe('tasks that may run at the same time', () => {
  test('are those that name no file in common', () => {
    expect(share(['a.ts'], ['test/**'])).toBe(false);
    expect(share(['src/**'], ['src/b.ts', 'c.ts'])).toBe(true);
  });

  test('are those that say nothing of their files', () => {
    expect(share(['**'], [])).toBe(false);
    expect(share([], ['**'])).toBe(false);
  });

  test('are not those of which it would take too long to tell', () => {
    const a = Array.from({ length: 500 }, (_, at) => `*a${at}*`);
    const b = Array.from({ length: 500 }, (_, at) => `*b${at}*`);
    expect(share(a, b, { steps: 1000 })).toBe(true);
    expect(share(['a.ts'], ['b.ts'], { steps: 0 })).toBe(true);
  });
});

describe('the folder of a pattern', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['src/*.ts', 'src'],
    ['src/a*/b.ts', 'src'],
    ['**', '.'],
    ['*.md', '.'],
    ['packages/{a,b}/src/*.ts', 'packages'],
    ['packages/a/{src,test}/x.ts', 'packages/a'],
    ['/', '.'],
    ['../x', 'x'],
  ])('of %s is %s', (glob, folder) => {
    expect(literalFolder(glob)).toBe(folder);
  });
});

describe('file conflicts of a plan', () => {
  test('are told by the narrower pattern', () => {
    const tasks = [
      taskOf('wide', { files: ['src/**'] }),
      taskOf('a', { files: ['src/a.ts'] }),
      taskOf('b', { files: ['src/b.ts', 'docs'] }),
      taskOf('words', { files: ['docs/*.md'] }),
      taskOf('behind', { files: ['src/a.ts'], depends_on: ['wide', 'a'] }),
    ];
    expect(fileConflicts(tasks)).toEqual([
      { file: 'src/a.ts', task_ids: ['a', 'wide'] },
      { file: 'src/b.ts', task_ids: ['b', 'wide'] },
      { file: 'docs/*.md', task_ids: ['words', 'b'] },
    ]);
  });

  test('of one task with itself are none', () => {
    expect(fileConflicts([taskOf('a', { files: ['src/**', 'src/a.ts'] })])).toEqual([]);
  });

  test('of a plan full of patterns are found fast enough for a status query', () => {
    const tasks = Array.from({ length: 500 }, (_, index) =>
      taskOf(`t${index}`, { files: Array.from({ length: 100 }, (_, at) => `**/${index}/*${at}`) }),
    );
    const began = performance.now();
    fileConflicts(tasks);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
