import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { openCheckout } from '../../cli/git.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-called-')));
execFileSync('git', ['init', '--quiet', folder]);
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const top = () =>
  openCheckout().then(
    ({ git }) => git('rev-parse', '--show-toplevel'),
    () => 'none',
  );

test('npm run orchestrator means the clone that it was called from, any other script the folder that it runs in', async () => {
  const here = await top();
  vi.stubEnv('INIT_CWD', folder);
  vi.stubEnv('npm_lifecycle_event', 'test');
  expect(await top()).toBe(here);
  vi.stubEnv('npm_lifecycle_event', 'orchestrator');
  expect(await top()).toBe(folder);
});
