import { ApiError } from '../../client/errors.ts';
import type { JobEvent } from '../../contracts/event.ts';
import type { Context } from '../context.ts';
import { type Checkout, hasCommit, isAncestor } from '../git.ts';
import { storedEvents } from '../stored-events.ts';
import { unbundle } from './unbundle.ts';

/** Work on a task that is not in the job's branch: it was taken back, did not merge, or is what a failed attempt left. */
export interface KeptAside {
  /** null: it is not stored where it could be got from */
  branch: string | null;
  sha: string;
  attempt: number | null;
  why: 'failed' | 'not_landed';
}

/**
 * Gets what attempts at a task did that is in none of the given commits, each as a branch of its own, oldest first. A branch that
 * is there with the same name and other commits is left alone: the next free number is taken.
 */
export async function fetchKeptAside(
  context: Context,
  checkout: Checkout,
  where: { job_id: string; task_id: string; branch: string; not_in: readonly string[] },
): Promise<KeptAside[]> {
  const { job_id, task_id, branch, not_in } = where;
  const kept = new Map<string, KeptAside>();
  for await (const event of storedEvents(context, job_id, 0)) {
    const sha = headOf(event, task_id);
    if (sha === null || kept.has(sha) || (await isIn(checkout, sha, not_in))) continue;
    const why = event.data.kept_aside === true ? 'failed' : 'not_landed';
    const got = await getCommit(context, checkout, { job_id, task_id, sha });
    const name = got ? await nameFor(checkout, `${branch}-rejected-`, sha) : null;
    kept.set(sha, { branch: name, sha, attempt: event.attempt ?? null, why });
  }
  return [...kept.values()];
}

/** The work that an event tells of; null: it tells of none of the task, or of one that changed nothing. */
function headOf({ type, task_id: by, data }: JobEvent, task_id: string): string | null {
  if (type !== 'task.committed' || by !== task_id || data.files_changed === 0) return null;
  return typeof data.head_sha === 'string' && /^[0-9a-f]{40}$/.test(data.head_sha) ? data.head_sha : null;
}

async function isIn(checkout: Checkout, sha: string, heads: readonly string[]): Promise<boolean> {
  if (!(await hasCommit(checkout, sha))) return false;
  for (const head of heads) if (await isAncestor(checkout, sha, head)) return true;
  return false;
}

/** Whether it is there now. */
async function getCommit(
  context: Context,
  checkout: Checkout,
  { job_id, task_id, sha }: { job_id: string; task_id: string; sha: string },
): Promise<boolean> {
  if (await hasCommit(checkout, sha)) return true;
  try {
    await unbundle(context, checkout, job_id, { task_id, head_sha: sha });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    return false;
  }
  return await hasCommit(checkout, sha);
}

/** The branch with that beginning that is at the commit, made where there is none. */
async function nameFor(checkout: Checkout, prefix: string, sha: string): Promise<string> {
  const format = ['--format=%(refname:lstrip=2)', `--points-at=${sha}`];
  const there = await checkout.git('for-each-ref', ...format, `refs/heads/${prefix}*`);
  const found = there.split('\n')[0];
  if (found) return found;
  for (let n = 1; ; n += 1) {
    const name = `${prefix}${n}`;
    const ref = `refs/heads/${name}`;
    if (await checkout.succeeds('rev-parse', '--verify', '--quiet', '--end-of-options', ref)) continue;
    await checkout.git('update-ref', '--end-of-options', ref, sha, '');
    return name;
  }
}
