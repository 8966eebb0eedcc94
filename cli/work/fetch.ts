import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { dataOf } from '../../client/client.ts';
import { ApiError } from '../../client/errors.ts';
import { CLI } from '../called.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { type Checkout, hasCommit, isAncestor, openCheckout } from '../git.ts';
import { isConflict, type RepositoryJob, repositoryJob } from './job.ts';

/**
 * Gets the commits of a job into the repository that one stands in, and makes a branch: of what has landed, or for a task
 * at what it starts from. A branch that is there is only moved forward. Throws a CliError.
 */
export async function fetchWork(context: Context, job_id: string, task_id?: string): Promise<void> {
  const checkout = await openCheckout();
  const found = await repositoryJob(context, job_id, task_id);
  const { repository } = found;
  await getBase(context, checkout, found);
  if (!(await hasCommit(checkout, repository.head_sha))) await unbundle(context, checkout, job_id, {});
  const { branch: result, head_sha } = repository;
  await setBranch(checkout, result, head_sha);
  const work = found.task?.repository;
  const goesOn = isConflict(found) ? work!.head_sha : null;
  if (goesOn !== null && !(await hasCommit(checkout, goesOn))) {
    await unbundle(context, checkout, job_id, { task_id });
  }
  if (task_id === undefined) {
    context.out.data({ branch: result, sha: head_sha });
    context.out.print(`${result} is at ${short(head_sha)}, ${landed(found)}.`);
    context.out.print(`\nNext: git log ${short(repository.base_sha)}..${result}`);
    return;
  }
  const sha = goesOn ?? work?.base_sha ?? head_sha;
  const branch = work?.branch ?? result.replace(/result$/, `tasks/${task_id}`);
  await setBranch(checkout, branch, sha);
  context.out.data({ branch, sha });
  const merge = goesOn === null ? '' : `, then git merge ${result}`;
  context.out.print(`${branch} is at ${short(sha)}.`);
  context.out.print(`\nNext: git switch ${branch}${merge}`);
  context.out.print(`      work and commit, then ${CLI} push ${job_id} --task ${task_id}`);
}

const short = (sha: string): string => sha.slice(0, 10);

const landed = ({ repository: { landed } }: RepositoryJob): string =>
  landed === 0
    ? 'where nothing has landed yet'
    : `with the work of ${landed} ${landed === 1 ? 'task' : 'tasks'}`;

/** The commit that the job started from, which a clone of its repository has, or the job has a bundle of. */
async function getBase(
  context: Context,
  checkout: Checkout,
  { job, repository }: RepositoryJob,
): Promise<void> {
  const { base_sha, url, base_branch } = repository;
  if (await hasCommit(checkout, base_sha)) return;
  const stranger = `This is no clone of ${url}, or an old one: it does not have the commit ${short(base_sha)} of ${base_branch} that the job started from.`;
  try {
    await unbundle(context, checkout, job.job_id, { base: true });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    throw new CliError(`${stranger} Fetch it from there first.`, EXIT.usage, 'usage');
  }
  // an empty repository takes any
  const own = await checkout.succeeds('rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  if (own && !(await checkout.succeeds('merge-base', '--end-of-options', 'HEAD', base_sha))) {
    throw new CliError(`${stranger} Nothing was changed.`, EXIT.usage, 'usage');
  }
}

async function unbundle(
  { api }: Context,
  checkout: Checkout,
  job_id: string,
  which: { task_id?: string; base?: boolean },
): Promise<void> {
  const { task_id, base } = which;
  const query = {
    ...(task_id === undefined ? {} : { task_id }),
    ...(base ? { base: 'true' as const } : {}),
  };
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-fetch-'));
  try {
    const body = await dataOf(
      api.GET('/orchestrate/{job_id}/bundle', {
        params: { path: { job_id }, query },
        parseAs: 'stream',
      }),
    );
    const file = join(folder, 'work.bundle');
    await pipeline(Readable.fromWeb(body as NodeReadableStream<Uint8Array>), createWriteStream(file));
    await checkout.git('bundle', 'unbundle', file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts a branch there, or forward to there; commits of one's own on it stay. Throws a CliError where the two went apart. */
async function setBranch(checkout: Checkout, branch: string, sha: string): Promise<void> {
  const ref = `refs/heads/${branch}`;
  if (!(await checkout.succeeds('rev-parse', '--verify', '--quiet', '--end-of-options', ref))) {
    await checkout.git('update-ref', '--end-of-options', ref, sha, '');
    return;
  }
  const before = await checkout.git('rev-parse', '--verify', '--end-of-options', ref);
  if (before === sha || (await isAncestor(checkout, sha, before))) return;
  if (!(await isAncestor(checkout, before, sha))) {
    const message = `Your branch ${branch} has commits that the job does not have, and the job has moved on. Rename yours (git branch -m ${branch} NAME) and fetch again.`;
    throw new CliError(message, EXIT.conflict, 'conflict');
  }
  if (await isCheckedOut(checkout, ref)) {
    const message = `You are on ${branch}, which the job has moved on: git merge --ff-only ${sha}`;
    throw new CliError(message, EXIT.conflict, 'conflict');
  }
  await checkout.git('update-ref', '--end-of-options', ref, sha, before);
}

/** In this folder or in another one of the same repository. */
async function isCheckedOut(checkout: Checkout, ref: string): Promise<boolean> {
  const worktrees = await checkout.git('worktree', 'list', '--porcelain');
  return worktrees.split('\n').includes(`branch ${ref}`);
}
