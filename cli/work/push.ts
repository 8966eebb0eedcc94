import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataOf } from '../../client/client.ts';
import { CLI } from '../called.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';
import { type Checkout, hasCommit, isAncestor, openCheckout } from '../git.ts';
import { bytes } from '../view/text.ts';
import { isConflict, type RepositoryJob, repositoryJob } from './job.ts';

/** Hands in what is committed on the current branch as the work on a task. Throws a CliError. */
export async function pushWork(context: Context, job_id: string, task_id: string): Promise<void> {
  const checkout = await openCheckout();
  const found = await repositoryJob(context, job_id, task_id);
  const again = `${CLI} fetch ${job_id} --task ${task_id}`;
  const from = await startOf(checkout, found, again);
  const commits = Number(await checkout.git('rev-list', '--count', '--end-of-options', `${from}..HEAD`));
  if (commits === 0) {
    const message = `There is nothing to push: HEAD has no commits on top of ${from.slice(0, 10)}. Commit your work first.`;
    throw new CliError(message, EXIT.usage, 'usage');
  }
  if (await checkout.git('status', '--porcelain', '--untracked-files=normal')) {
    context.out.note('Note: what is not committed here is not handed in.');
  }
  const pushed = await put(context, checkout, { job_id, task_id, from });
  context.out.data({ ...pushed, commits });
  const what = `${commits} ${commits === 1 ? 'commit' : 'commits'}, ${bytes(pushed.size_bytes)}`;
  context.out.print(`Handed in for the task ${task_id}: ${what}.`);
  const next = isConflict(found)
    ? `${CLI} decide ${job_id} conflict-${task_id} approve --answer resolved`
    : `${CLI} complete ${job_id} ${task_id} --output "What you did"`;
  context.out.print(`\nNext: ${next}`);
}

/** The commit that the branch goes on from: what the task started from, or the newest of the job's that it has. */
async function startOf(
  checkout: Checkout,
  { repository, task }: RepositoryJob,
  again: string,
): Promise<string> {
  const { base_sha, head_sha, url } = repository;
  const starts = task?.repository?.base_sha ? [task.repository.base_sha] : [head_sha, base_sha];
  for (const sha of starts) {
    if ((await hasCommit(checkout, sha)) && (await isAncestor(checkout, sha, 'HEAD'))) return sha;
  }
  if (await hasCommit(checkout, base_sha)) {
    const message = `The current branch does not have ${starts[0]!.slice(0, 10)}, which the task starts from: run \`${again}\`, and rebase or merge it.`;
    throw new CliError(message, EXIT.conflict, 'conflict');
  }
  const message = `This is no clone of ${url} with the commits of the job: run \`${again}\` in one.`;
  throw new CliError(message, EXIT.usage, 'usage');
}

async function put(
  { api }: Context,
  checkout: Checkout,
  { job_id, task_id, from }: { job_id: string; task_id: string; from: string },
) {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-push-'));
  try {
    const file = join(folder, 'work.bundle');
    const named = await checkout.succeeds('symbolic-ref', '--quiet', 'HEAD');
    const head = named ? await checkout.git('symbolic-ref', 'HEAD') : 'HEAD';
    await checkout.git('bundle', 'create', '--quiet', file, `^${from}`, head);
    return await dataOf(
      api.PUT('/orchestrate/{job_id}/task/{task_id}/bundle', {
        params: { path: { job_id, task_id } },
        headers: { 'content-type': 'application/x-git-bundle' },
        // sent as it is read from the disk
        body: (await openAsBlob(file)) as unknown as string,
        bodySerializer: (body) => body,
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
