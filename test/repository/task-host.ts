import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { prepareClone } from '../../activities/repository/clone/clone.ts';
import { commitWork } from '../../activities/repository/commit/commit.ts';
import type { RepositoryHostDeps } from '../../activities/repository/host.ts';
import { fetchBase } from '../../activities/repository/mirror/base.ts';
import { openMirror } from '../../activities/repository/mirror/mirror.ts';
import type { CommitInput, PrepareCloneInput, RepositoryPoint } from '../../contracts/repository/work.ts';
import { type Bare, bare, memoryContents, tempFolder } from './bare.ts';
import { SANDBOX } from './sandbox.ts';

export const signal = new AbortController().signal;

export type TestDeps = RepositoryHostDeps & { store: ReturnType<typeof memoryContents> };

/** A host of its own; the same store, where another host is to have the contents of the first. */
export function testDeps(store = memoryContents(), folder = tempFolder()): TestDeps {
  return {
    mirrors_dir: join(folder, 'mirrors'),
    work_dir: join(folder, 'work'),
    store,
    limits: { artifact_bytes: 1_000_000 },
    sandbox: SANDBOX,
    remoteAccess: (url) => ({ args: [], env: {}, url }),
  };
}

/** A repository at a path with one branch, and a job that works in it on a host. */
export interface TestJob {
  deps: TestDeps;
  source: Bare;
  at: RepositoryPoint;
  /** the mirror's */
  git_dir: string;
  /** git in the mirror */
  mirror(...args: string[]): string;
  /** gives the folder */
  prepare(task_id: string, input?: Partial<PrepareCloneInput>): Promise<string>;
  commit(task_id: string, input?: Partial<CommitInput>): ReturnType<typeof commitWork>;
}

export async function testJob(files: Parameters<Bare['commit']>[1] = { 'a.txt': 'a\n' }): Promise<TestJob> {
  const source = bare();
  source.git('update-ref', 'refs/heads/main', source.commit(null, files));
  return await jobOn(testDeps(), source);
}

export async function jobOn(deps: TestDeps, source: Bare, location = source.git_dir): Promise<TestJob> {
  const input = { owner: 'local', job_id: 'j', location, base_branch: null };
  const { base_branch, base_sha } = await fetchBase(deps, input, signal);
  const { git_dir } = await openMirror(deps, input, signal);
  const head = { head_sha: base_sha, fence: 0, base_bundle: null, head_bundle: null };
  const at: RepositoryPoint = { job_id: 'j', owner: 'local', location, base_branch, base_sha, ...head };
  const from = { at, from_sha: base_sha, attempt: 1 };
  return {
    deps,
    source,
    at,
    git_dir,
    mirror: (...args) => run(git_dir, ...args),
    async prepare(task_id, more) {
      const prepared = { ...from, task_id, setup_command: null, fresh: false, ...more };
      return (await prepareClone(deps, prepared, signal)).folder;
    },
    commit(task_id, more) {
      const said = { title: 'Change it', committed_at: '2026-01-02T03:04:05.678Z', agent: 'coder' };
      return commitWork(deps, { ...from, ...said, task_id, source: 'clone', ...more }, signal);
    },
  };
}

/** Git as an agent, or a person, runs it in a folder: with the configuration that lies there. */
export function run(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    env: AGENT,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1024 ** 3,
  })
    .toString()
    .trimEnd();
}

const AGENT = {
  PATH: process.env.PATH!,
  HOME: '/nonexistent',
  GIT_AUTHOR_NAME: 'Agent',
  GIT_AUTHOR_EMAIL: 'agent@example.com',
  GIT_COMMITTER_NAME: 'Agent',
  GIT_COMMITTER_EMAIL: 'agent@example.com',
};
