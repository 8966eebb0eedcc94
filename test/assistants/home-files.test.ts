import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findInHome, openInHome, writeInHome } from '../../activities/coding/home-files.ts';

let folder: string;
let home: string;
let secret: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'home-'));
  home = join(folder, 'home');
  mkdirSync(join(home, 'a/b'), { recursive: true });
  secret = join(folder, 'secret.jsonl');
  writeFileSync(secret, 'of the host');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is written with its folders, and links in its way go instead of being followed', () => {
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere'), join(home, 'linked'));
  symlinkSync(secret, join(home, 'a/settings.json'));
  mkdirSync(join(home, 'a/folder/full'), { recursive: true });
  writeInHome(home, 'linked/deep/settings.json', 'one');
  writeInHome(home, 'a/settings.json', 'two');
  writeInHome(home, 'a/folder', 'three');
  expect(readFileSync(secret, 'utf8')).toBe('of the host');
  expect(existsSync(join(folder, 'elsewhere/deep'))).toBe(false);
  const read = (path: string) => readFileSync(join(home, path), 'utf8');
  expect(['linked/deep/settings.json', 'a/settings.json', 'a/folder'].map(read)).toEqual([
    'one',
    'two',
    'three',
  ]);
  expect(lstatSync(join(home, 'a/settings.json')).mode & 0o777).toBe(0o600);
});

test('only regular files that real folders lead to are opened, and a pipe is not waited for', () => {
  writeFileSync(join(home, 'a/b/real.jsonl'), 'text');
  symlinkSync(secret, join(home, 'a/link.jsonl'));
  symlinkSync(folder, join(home, 'out'));
  execFileSync('mkfifo', [join(home, 'a/pipe.jsonl')]);
  const fd = openInHome(home, 'a/b/real.jsonl');
  expect(fd).not.toBeNull();
  closeSync(fd!);
  for (const path of ['a/link.jsonl', 'out/secret.jsonl', 'a/pipe.jsonl', 'a/b', 'none'])
    expect(openInHome(home, path), path).toBeNull();
});

test('files are found in order, never behind links, and no further than a bound', () => {
  symlinkSync(folder, join(home, 'a/out'));
  symlinkSync(secret, join(home, 'a/link.jsonl'));
  for (const name of ['2.jsonl', '1.jsonl', 'other.txt']) writeFileSync(join(home, 'a/b', name), '');
  expect(findInHome(home, 'a', '.jsonl')).toEqual(['a/b/1.jsonl', 'a/b/2.jsonl']);
  expect(findInHome(home, 'none', '.jsonl')).toEqual([]);
  symlinkSync(join(home, 'a'), join(home, 'linked'));
  expect(findInHome(home, 'linked', '.jsonl')).toEqual([]);
  const many = join(home, 'many');
  mkdirSync(many);
  for (let at = 0; at < 10_050; at += 1) writeFileSync(join(many, `${at}.jsonl`), '');
  expect(findInHome(home, 'many', '.jsonl')).toHaveLength(10_000);
});
