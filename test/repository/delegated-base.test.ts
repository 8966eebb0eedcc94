import { expect, test } from 'vitest';
import { checkCommit } from '../../activities/repository/check/check.ts';
import type { RepositoryEngine } from '../../activities/repository/engine.ts';
import { openMirror } from '../../activities/repository/mirror/mirror.ts';
import { reachPoint } from '../../activities/repository/mirror/point.ts';
import { openRepository } from '../../activities/repository/open.ts';
import { noSandbox } from '../../activities/sandbox/sandbox.ts';
import { RepositoriesConfig } from '../../contracts/repository/config.ts';
import type { DelegatedBase } from '../../contracts/repository/delegated.ts';
import type {
  OpenedRepository,
  OpenRepositoryInput,
  RepositoryPoint,
} from '../../contracts/repository/work.ts';
import { NO_MASK } from '../../core/text/mask.ts';
import { bare, type Change, writeFiles } from './bare.ts';
import { jobOn, run, signal, type TestDeps, testDeps } from './task-host.ts';

const REMOTE = 'https://git.example.com/team/app';
const config = RepositoriesConfig.parse({ hosts: { 'git.example.com': { allow_push: true } } });
const engineOf = (deps: TestDeps) =>
  ({
    ...{ ...deps, config, mask: NO_MASK, sandbox: noSandbox(), network: {}, checks_at_once: 1 },
    ...{ command_timeout_seconds: 60, on_line: () => undefined },
  }) as unknown as RepositoryEngine;

/** A job at a path, or at a URL, whose task `t` has changed something by now. */
async function begun(files: Record<string, Change>, changes: Record<string, string>, isPath: boolean) {
  const source = bare();
  source.git('update-ref', 'refs/heads/main', source.commit(null, files));
  const deps = { ...testDeps(), remoteAccess: () => ({ args: [], env: {}, url: source.git_dir }) };
  const job = await jobOn(deps, source, isPath ? source.git_dir : REMOTE);
  writeFiles(await job.prepare('t'), changes);
  const { head_sha, bundle_ref } = await job.commit('t');
  const from: DelegatedBase = { at: job.at, task_id: 't', head_sha, bundle_ref, host_id: 'h' };
  const input: OpenRepositoryInput = {
    ...{ job_id: 'j.1', owner: 'local', location: job.at.location, base_branch: 'main', deliver: null },
    ...{ commands: {}, about: 'A part of it', from },
  };
  return { deps, source, job, from, input };
}

const pointOf = (input: OpenRepositoryInput, opened: OpenedRepository): RepositoryPoint => ({
  ...{ job_id: input.job_id, owner: input.owner, location: input.location, fence: 0 },
  ...{ base_branch: opened.base_branch, base_sha: opened.base_sha, head_sha: opened.base_sha },
  ...{ base_bundle: opened.base_bundle, head_bundle: null, origin_sha: opened.origin_sha! },
});

test.each([true, false])(
  'a job begins with the work of the task that had it planned, on whatever host (at a path: %s)',
  async (isPath) => {
    const { deps, source, job, from, input } = await begun({ 'a.txt': 'a\n' }, { 'b.txt': 'b\n' }, isPath);
    const opened = await openRepository(engineOf(deps), input, signal);
    expect(opened).toMatchObject({
      ...{ base_branch: 'main', base_sha: from.head_sha, origin_sha: job.at.base_sha, deliver: null },
      ...{ base_bundle: expect.any(String), sandbox: 'none' },
    });
    expect(job.mirror('rev-parse', 'refs/heads/orchestrator/j.1/base')).toBe(from.head_sha);
    expect(await openRepository(engineOf(deps), input, signal)).toEqual(opened);

    // the branch of the repository has moved on by then, to other commits
    source.git('update-ref', 'refs/heads/main', source.commit(null, { 'c.txt': 'c\n' }));
    source.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const elsewhere = { ...deps, ...testDeps(deps.store), remoteAccess: deps.remoteAccess };
    await reachPoint(elsewhere, pointOf(input, opened), signal);
    const { git_dir } = await openMirror(elsewhere, input, signal);
    expect(run(git_dir, 'show', `${from.head_sha}:b.txt`)).toBe('b');
    expect(run(git_dir, 'fsck', '--full', '--connectivity-only')).not.toContain('missing');
  },
);

test('a job that is opened on another host than that of the task has its work from bundles', async () => {
  const { deps, from, input } = await begun({ 'a.txt': 'a\n' }, { 'b.txt': 'b\n' }, true);
  const elsewhere = { ...deps, ...testDeps(deps.store), remoteAccess: deps.remoteAccess };
  expect(await openRepository(engineOf(elsewhere), input, signal)).toMatchObject({ base_sha: from.head_sha });
});

test('nobody begins with the work of a job of somebody else, or of one that did not plan it', async () => {
  const { deps, input } = await begun({ 'a.txt': 'a\n' }, { 'b.txt': 'b\n' }, true);
  for (const other of [{ owner: 'eve' }, { job_id: 'k.1' }, { job_id: 'j' }, { location: '/elsewhere' }]) {
    await expect(openRepository(engineOf(deps), { ...input, ...other }, signal)).rejects.toMatchObject({
      ...{
        type: 'RepositoryRefused',
        message: expect.stringContaining('was not planned by the task t of j'),
      },
    });
  }
});

test('what the check does is what it does in the base of the first job, whatever a task has made of that', async () => {
  const files = { Makefile: 'test:\n\tfalse\n', 'a.txt': 'a\n' };
  const { deps, from, input } = await begun(files, { Makefile: 'test:\n\ttrue\n' }, true);
  const opened = await openRepository(engineOf(deps), input, signal);
  const checked = await checkCommit(
    engineOf(deps),
    {
      ...{ at: pointOf(input, opened), sha: from.head_sha, parts: [], about: 'base' },
      ...{ setup_command: null, check_command: 'make test', timeout_seconds: 30 },
    },
    signal,
  );
  expect(checked).toMatchObject({ passed: false, definition_changed: ['Makefile'] });
});
