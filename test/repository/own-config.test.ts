import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { gitEnvironment } from '../../activities/repository/git/environment.ts';
import { type GitError, git } from '../../activities/repository/git/git.ts';
import { tempFolder } from './bare.ts';

const configFile = () => gitEnvironment().GIT_CONFIG_GLOBAL!;

test('the configuration of git is in a folder that nobody could have made before, and made again when it is gone', () => {
  const first = configFile();
  expect(configFile()).toBe(first);
  expect(statSync(dirname(first)).mode & 0o777).toBe(0o700);
  expect(first).not.toContain(String(process.pid));
  rmSync(dirname(first), { recursive: true });
  const second = configFile();
  expect(second).not.toBe(first);
  expect(existsSync(second)).toBe(true);
  expect(readFileSync(second, 'utf8')).toContain('directory = *');
});

test('a repository that has its objects in part is not asked to fetch the others', async () => {
  const folder = tempFolder();
  const call = { cwd: folder, signal: new AbortController().signal };
  await git(['init', '-q'], call);
  for (const [key, value] of [
    ['core.repositoryFormatVersion', '1'],
    ['extensions.partialClone', 'origin'],
    ['remote.origin.url', 'ext::nothing'],
    ['remote.origin.promisor', 'true'],
  ] as const) {
    await git(['config', key, value], call);
  }
  const asked = git(['cat-file', '-p', 'b2aba13dec1813b85ad7216a42142e27eea8cdd5'], call);
  const { stderr } = await asked.catch((error: GitError) => error);
  expect(stderr).toMatch(/Not a valid object name/);
  expect(stderr).not.toMatch(/transport/);
});
