import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { gitEnvironment } from '../../activities/repository/git/environment.ts';

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
