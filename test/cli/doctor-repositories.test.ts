import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { Context } from '../../cli/context.ts';
import { repositoryChecks } from '../../cli/doctor/repositories.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-doctor-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function look(repositories?: object) {
  const file = join(folder, 'orchestrator.yaml');
  writeFileSync(file, stringify(repositories ? { repositories } : {}));
  vi.stubEnv('ORCHESTRATOR_CONFIG', file);
  return await repositoryChecks({ globals: { dataDir: folder } } as Context);
}

/** A git of that version is found first. */
function useGit(says: string, code = 0): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'git'), `#!/bin/sh\necho '${says}'\nexit ${code}\n`);
  chmodSync(join(bin, 'git'), 0o755);
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
}

it('looks at git only, which is not missed where no repositories are set up', async () => {
  expect(await look()).toEqual([expect.objectContaining({ name: 'git', state: 'ok' })]);
  useGit('git version 2.30.1');
  expect(await look()).toEqual([expect.objectContaining({ name: 'git', state: 'note' })]);
});

it.each([
  ['git version 2.39.4', 'ok'],
  ['git version 2.39.5 (Apple Git-154)', 'ok'],
  ['git version 2.47.0.windows.1', 'ok'],
  ['git version 3.0', 'ok'],
  ['git version 2.39.3', 'missing'],
  ['git version 2.39', 'missing'],
  ['git version 1.99.99', 'missing'],
  ['something else', 'missing'],
])('takes %s for %s where repositories are', async (says, state) => {
  useGit(says);
  const [git] = await look({ roots: [folder] });
  expect(git).toMatchObject({ name: 'git', state });
});

it('says that git is not there', async () => {
  useGit('', 127);
  const [git] = await look({ roots: [folder] });
  expect(git).toMatchObject({
    state: 'missing',
    detail: 'not installed',
    fix: expect.stringContaining('2.39.4'),
  });
});

it('looks for folders, keys and tokens that are named, and tells no token', async () => {
  const key = join(folder, 'key');
  writeFileSync(key, 'k');
  vi.stubEnv('DOCTOR_TOKEN', 'ghp_secret');
  const checks = await look({
    roots: [folder, join(folder, 'nothing'), key],
    hosts: {
      'github.com': { api: 'github', token_env: 'DOCTOR_TOKEN' },
      'gitlab.com': { token_env: 'DOCTOR_NO_TOKEN' },
      'git.example.com': { ssh_key_file: key, known_hosts_file: join(folder, 'nobody') },
    },
  });
  expect(checks.map(({ name, state }) => `${name}: ${state}`)).toEqual([
    'git: ok',
    'Repositories: ok',
    'Repositories: missing',
    'Repositories: missing',
    'Repositories at github.com: ok',
    'Repositories at gitlab.com: missing',
    'Repositories at git.example.com: ok',
    'Repositories at git.example.com: missing',
    'Mirrors: ok',
  ]);
  expect(JSON.stringify(checks)).not.toContain('ghp_secret');
  expect(checks[5]!.fix).toContain('DOCTOR_NO_TOKEN');
});

it('says how much the mirrors take, and when that is too much', async () => {
  const objects = join(folder, 'mirrors', 'one', 'objects');
  mkdirSync(objects, { recursive: true });
  writeFileSync(join(objects, 'pack'), Buffer.alloc(2_000_000));
  const mirrors = async (mirror_limit_gb: number) =>
    (await look({ roots: [folder], mirror_limit_gb })).find(({ name }) => name === 'Mirrors');
  expect(await mirrors(1)).toMatchObject({ state: 'ok', detail: expect.stringContaining('2.0 MB of 1 GB') });
  expect(await mirrors(0.001)).toMatchObject({ state: 'note' });
});
