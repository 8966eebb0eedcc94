import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { DeliverDeps } from '../../activities/repository/deliver/deps.ts';
import { remoteAccess } from '../../activities/repository/remote/access.ts';
import { RepositoriesConfig } from '../../contracts/repository/config.ts';
import type { DeliverInput } from '../../contracts/repository/work.ts';

const cleanups: (() => unknown)[] = [];
afterAll(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Runs it after the tests of the file, the last one first. */
export const afterwards = (clean: () => unknown): void => void cleanups.push(clean);

/** A new folder that is removed after the test file. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-deliver-'));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs git as a person at a terminal would, without configuration of this machine. */
export function sh(cwd: string, ...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_VALUE_0: 'Ann',
    GIT_CONFIG_KEY_1: 'user.email',
    GIT_CONFIG_VALUE_1: 'ann@example.com',
  };
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** A repository with a commit on `main`, and a mirror of it with one more that a job has landed. */
export interface Scene {
  folder: string;
  /** what `repositories.roots` names */
  root: string;
  /** with a work tree */
  source: string;
  /** bare, a clone of it */
  bare: string;
  /** bare, the job's */
  mirror: string;
  base_sha: string;
  head_sha: string;
  /** lands one more commit in the mirror */
  land(name: string, on?: string): string;
}

export function scene(): Scene {
  const folder = tempFolder();
  const root = join(folder, 'root');
  const [source, bare, mirror] = [join(root, 'source'), join(root, 'bare.git'), join(folder, 'mirror.git')];
  sh(folder, 'init', '-q', '-b', 'main', source);
  writeFileSync(join(source, 'a.txt'), 'one\n');
  sh(source, 'add', '.');
  sh(source, 'commit', '-qm', 'first');
  sh(folder, 'clone', '-q', '--bare', source, bare);
  sh(bare, 'config', 'http.receivepack', 'true');
  sh(folder, 'clone', '-q', '--bare', source, mirror);
  const base_sha = sh(source, 'rev-parse', 'HEAD');
  const land = (name: string, on = base_sha) => {
    writeFileSync(join(folder, 'blob'), `${name}\n`);
    const blob = sh(mirror, 'hash-object', '-w', join(folder, 'blob'));
    const index = join(folder, 'index');
    const inIndex = (...args: string[]) =>
      execFileSync('git', args, {
        cwd: mirror,
        env: { PATH: process.env.PATH, GIT_INDEX_FILE: index, GIT_DIR: mirror },
        encoding: 'utf8',
      }).trim();
    inIndex('read-tree', on);
    inIndex('update-index', '--add', '--cacheinfo', `100644,${blob},${name}`);
    return sh(mirror, 'commit-tree', inIndex('write-tree'), '-p', on, '-m', name);
  };
  return { folder, root, source, bare, mirror, base_sha, head_sha: land('b.txt'), land };
}

/** Dependencies of delivery out of that mirror. */
export function depsOf(
  { mirror }: Pick<Scene, 'mirror'>,
  config: Parameters<typeof RepositoriesConfig.parse>[0],
  env: Record<string, string> = {},
): DeliverDeps {
  const parsed = RepositoriesConfig.parse(config);
  return {
    config: parsed,
    env,
    remoteAccess: remoteAccess(parsed, env),
    reachPoint: async () => ({ git_dir: mirror }),
  };
}

export function inputOf(
  { base_sha, head_sha }: Pick<Scene, 'base_sha' | 'head_sha'>,
  location: string,
  deliver: DeliverInput['deliver'] = 'branch',
): DeliverInput {
  return {
    at: {
      job_id: 'job1',
      owner: 'local',
      location,
      base_branch: 'main',
      base_sha,
      head_sha,
      fence: 1,
      base_bundle: null,
      head_bundle: null,
    },
    deliver,
    story: storyOf('Add b', 'What was done'),
  };
}

/** Of a job without tasks. */
export const storyOf = (title: string, description = 'What was done'): DeliverInput['story'] => ({
  ...{ job_id: 'job1', title, description, tasks: [], criteria: [], check: null, cost_usd: 0, warnings: [] },
});

export const BRANCH = 'orchestrator/job1/result';
export const never = new AbortController().signal;
