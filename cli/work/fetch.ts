import { ApiError } from '../../client/errors.ts';
import { CLI } from '../called.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { type Checkout, hasCommit, isAncestor, openCheckout } from '../git.ts';
import { isConflict, isHandedIn, isOpen, type RepositoryJob, repositoryJob } from './job.ts';
import { fetchKeptAside, type KeptAside } from './kept-aside.ts';
import { unbundle } from './unbundle.ts';

/**
 * Gets the commits of a job into the repository that one stands in, and makes a branch: of what has landed, or for a task
 * at what it goes on from. Work on the task that is not in the job's branch gets branches of its own. A branch that is there is
 * only moved forward. Throws a CliError.
 */
export async function fetchWork(context: Context, job_id: string, task_id?: string): Promise<void> {
  const checkout = await openCheckout();
  const found = await repositoryJob(context, job_id, task_id);
  const { repository } = found;
  await getBase(context, checkout, found);
  if (!(await hasCommit(checkout, repository.head_sha))) await unbundle(context, checkout, job_id, {});
  const { branch: result, head_sha } = repository;
  await setBranch(checkout, result, head_sha);
  if (task_id !== undefined) return await fetchTask(context, checkout, found, task_id);
  context.out.data({ branch: result, sha: head_sha });
  context.out.print(`${result} is at ${short(head_sha)}, ${landed(found)}.`);
  context.out.print(`\nNext: git log ${short(repository.base_sha)}..${result}`);
}

async function fetchTask(
  context: Context,
  checkout: Checkout,
  found: RepositoryJob,
  task_id: string,
): Promise<void> {
  const { branch: result, head_sha } = found.repository;
  const { job_id } = found.job;
  const work = found.task?.repository;
  const handedIn = isHandedIn(found) ? work!.head_sha : null;
  if (handedIn !== null && !(await hasCommit(checkout, handedIn))) {
    await unbundle(context, checkout, job_id, { task_id });
  }
  const sha = handedIn ?? work?.base_sha ?? head_sha;
  const branch = work?.branch ?? result.replace(/result$/, `tasks/${task_id}`);
  const not_in = [head_sha, sha];
  const kept_aside = await fetchKeptAside(context, checkout, { job_id, task_id, branch, not_in });
  for (const one of kept_aside) context.out.print(keptLine(one));
  await setBranch(checkout, branch, sha);
  context.out.data({ branch, sha, kept_aside });
  context.out.print(`${branch} is at ${short(sha)}${handedIn === null ? '' : ', with its work'}.`);
  if (!isOpen(found)) return;
  const merge = isConflict(found) ? `, then git merge ${result}` : '';
  context.out.print(`\nNext: git switch ${branch}${merge}`);
  context.out.print(`      work and commit, then ${CLI} push ${job_id} --task ${task_id}`);
}

function keptLine({ branch, sha, attempt, why }: KeptAside): string {
  const by = attempt === null ? 'an attempt' : `attempt ${attempt}`;
  const did =
    why === 'failed' ? `what ${by} left when it failed` : `what ${by} handed in, which is not in the branch`;
  if (branch !== null) return `Kept aside: ${branch} is at ${short(sha)}, ${did}.`;
  return `Kept aside: ${sha}, ${did}; only the service's own copy of the repository has it.`;
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
