import { beforeEach, expect, test } from 'vitest';
import { instructionsFor } from '../../activities/repository/discover/instructions.ts';
import { type Bare, bare, type Change } from './bare.ts';

let repository: Bare;
beforeEach(() => {
  repository = bare();
});

const told = (files: Record<string, Change>, declared: string[] = []) =>
  instructionsFor(repository.git_dir, repository.commit(null, files), declared, new AbortController().signal);

test('a repository that says nothing', async () => {
  expect(await told({ 'README.md': 'x' }, ['src/a.ts'])).toBeNull();
  expect(await told({})).toBeNull();
  expect(await told({ 'AGENTS.md': ' \n' })).toBeNull();
});

test('AGENTS.md goes before CLAUDE.md, which counts where there is no other', async () => {
  expect(await told({ 'AGENTS.md': 'agents', 'CLAUDE.md': 'claude' })).toBe('agents');
  expect(await told({ 'CLAUDE.md': 'claude' })).toBe('claude');
});

test('what lies nearest to a file comes first, then what is above it, and nothing of other folders', async () => {
  const files = {
    'AGENTS.md': 'of all',
    'packages/a/CLAUDE.md': 'of a',
    'packages/a/src/AGENTS.md': 'of the sources of a',
    'packages/b/AGENTS.md': 'of b',
  };
  const near = '[packages/a/src/AGENTS.md, for packages/a/src/]\nof the sources of a';
  const a = '[packages/a/CLAUDE.md, for packages/a/]\nof a';
  const all = '[AGENTS.md, for the whole repository]\nof all';
  expect(await told(files, ['packages/a/src/x.ts'])).toBe([near, a, all].join('\n\n'));
  expect(await told(files, ['packages/a/src/**/*.ts'])).toBe([near, a, all].join('\n\n'));
  expect(await told(files, ['packages/a/*.json'])).toBe([a, all].join('\n\n'));
  expect(await told(files, ['packages/b'])).toBe(`[packages/b/AGENTS.md, for packages/b/]\nof b\n\n${all}`);
  expect(await told(files, ['docs/x.md', '**/*.ts'])).toBe('of all');
  expect(await told(files)).toBe('of all');
});

test('a link is followed within the repository only', async () => {
  const link = (link: string): Change => ({ link });
  expect(await told({ 'AGENTS.md': link('docs/rules.md'), 'docs/rules.md': 'rules' })).toBe('rules');
  expect(await told({ 'a/AGENTS.md': link('../rules.md'), 'rules.md': 'rules' }, ['a/x'])).toContain('rules');
  for (const target of ['/etc/passwd', '../../../etc/passwd', 'AGENTS.md', 'gone']) {
    expect(await told({ 'AGENTS.md': link(target), 'CLAUDE.md': 'claude' })).toBe('claude');
  }
});

test('at most 16,000 characters, the nearest first', async () => {
  const files = { 'AGENTS.md': 'r'.repeat(50_000), 'a/AGENTS.md': 'é'.repeat(10_000) };
  const text = (await told(files, ['a/x.ts']))!;
  expect(text.length).toBeLessThanOrEqual(16_000);
  expect(text).toMatch(
    /^\[a\/AGENTS\.md, for a\/\]\né{10000}\n\n\[AGENTS\.md.*\]\nr+\n\[\.\.\. the rest is left out \.\.\.\]$/,
  );
  expect((await told(files))!.length).toBeLessThanOrEqual(16_000);
});

test('binary files and folders of that name are no instructions', async () => {
  expect(await told({ 'AGENTS.md': Buffer.from([0, 1, 2]), 'CLAUDE.md/a': 'x' })).toBeNull();
});

test('hostile names of files are only names', async () => {
  const hostile = [
    '../../../etc/x',
    ':(top)x/y',
    '--help/x',
    '-x/y',
    'a\nb/c',
    '*'.repeat(1000),
    `${'d/'.repeat(500)}x`,
    ...Array.from({ length: 500 }, (_, at) => `folder${at}/x/y/z.ts`),
  ];
  expect(await told({ 'AGENTS.md': 'root' }, hostile)).toBe('root');
});
