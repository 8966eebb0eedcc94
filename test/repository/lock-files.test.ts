import { expect, test } from 'vitest';
import { mergeWork } from '../../activities/repository/merge/merge.ts';
import type { Change } from './bare.ts';
import { host } from './host.ts';

const signal = new AbortController().signal;

async function merged(
  lock_command: string | null,
  { base, a, b }: Record<'base' | 'a' | 'b', Record<string, Change>>,
  more: { no_commands?: true } = {},
) {
  const running = await host(base);
  const { deps, at, part, mirror } = running;
  const input = {
    at,
    parts: [part('a', a), part('b', b)],
    lock_command,
    merged_at: '2026-01-02T03:04:05Z',
    ...more,
  };
  const candidate = await mergeWork(deps, input, signal);
  const hunks = candidate.conflict ? deps.store.text(candidate.conflict.hunks_ref) : '';
  return { candidate, hunks, read: (path: string) => mirror.read(candidate.candidate_sha!, path) };
}

const LOCKS = {
  base: { 'package.json': '{\n\n\n\n\n}\n', 'package-lock.json': 'base\n' },
  a: { 'package.json': '{"a"\n\n\n\n\n}\n', 'package-lock.json': 'a\n' },
  b: { 'package.json': '{\n\n\n\n\n"b"}\n', 'package-lock.json': 'b\n' },
};

test('lock files that alone do not merge are made anew from the merged tree', async () => {
  const { candidate, read } = await merged(
    'cat package-lock.json package.json > new; mv new package-lock.json',
    LOCKS,
  );
  expect(candidate).toMatchObject({ merged: ['a', 'b'], conflict: null });
  expect(read('package-lock.json')).toBe('a\n{"a"\n\n\n\n\n"b"}\n');
  expect(read('new')).toBeUndefined();
});

test('in the folder of each', async () => {
  const below = (text: string) => ({ 'x/Cargo.lock': `${text}\n`, 'y z/Cargo.lock': `${text}\n` });
  const files = { base: below('base'), a: below('a'), b: below('b') };
  const { candidate, read } = await merged('pwd | sed "s/.*tree.//" > Cargo.lock', files);
  expect(candidate.conflict).toBeNull();
  expect([read('x/Cargo.lock'), read('y z/Cargo.lock')]).toEqual(['x\n', 'y z\n']);
});

test('a command that fails leaves a conflict that says what it printed', async () => {
  const { candidate, hunks } = await merged('echo no network >&2; exit 4', LOCKS);
  expect(candidate.conflict).toMatchObject({ task_id: 'b', files: ['package-lock.json'] });
  expect(hunks).toContain('exit code 4\nno network\n');
  expect(hunks).toContain('<<<<<<< what has landed\na\n');
});

test.each([
  ['leaves it alone', 'true', 'did not write package-lock.json'],
  ['removes it', 'rm package-lock.json', 'left no file package-lock.json'],
  ['puts a link there', 'ln -sf /etc/passwd package-lock.json', 'left no file package-lock.json'],
  ['puts a folder there', 'rm package-lock.json; mkdir package-lock.json', 'left no file package-lock.json'],
])('a command that %s leaves the conflict', async (_, command, said) => {
  const { candidate, hunks } = await merged(command, LOCKS);
  expect(candidate.conflict?.files).toEqual(['package-lock.json']);
  expect(hunks).toContain(said);
});

test('where something else is in the way the command is not run', async () => {
  const { a, b, base } = LOCKS;
  const files = { base: { ...base, f: 'f\n' }, a: { ...a, f: 'a\n' }, b: { ...b, f: 'b\n' } };
  const { candidate, hunks } = await merged('echo made > package-lock.json', files);
  expect(new Set(candidate.conflict?.files)).toEqual(new Set(['f', 'package-lock.json']));
  expect(hunks).not.toContain('could not be made anew');
});

test('nor without a command, nor where commands are not allowed', async () => {
  expect((await merged(null, LOCKS)).candidate.conflict?.files).toEqual(['package-lock.json']);
  const refused = await merged('echo made > package-lock.json', LOCKS, { no_commands: true });
  expect(refused.candidate.conflict?.files).toEqual(['package-lock.json']);
});

test('one side that deletes its lock file is asked about', async () => {
  const { candidate } = await merged('echo made > package-lock.json', {
    ...LOCKS,
    a: { 'package-lock.json': null },
  });
  expect(candidate.conflict?.files).toEqual(['package-lock.json']);
});
