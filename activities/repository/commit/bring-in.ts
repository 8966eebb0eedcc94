import type { BringInInput, BroughtIn, CommitLog } from '../../../contracts/repository/delegated.ts';
import type { Conflict, MergePart } from '../../../contracts/repository/work.ts';
import { withClone } from '../clone/clone.ts';
import { finishMove, moveClone } from '../clone/move.ts';
import type { RepositoryEngine } from '../engine.ts';
import { gitText } from '../git/git.ts';
import { readListing } from '../merge/listing.ts';
import { mergePart } from '../merge/merge.ts';
import { haveParts } from '../mirror/parts.ts';
import { reachWork } from '../mirror/point.ts';
import { isAncestor } from '../mirror/ref.ts';
import { commitTree } from './commit-tree.ts';
import { nameWork } from './publish.ts';
import { type Taken, withSnapshot } from './with-snapshot.ts';

/**
 * Brings what a job did into the clone of the task that had it planned: forward to its head where the clone is as it was when the
 * job began, else merged with what has changed there since. What does not merge changes nothing. Nobody works in the clone
 * meanwhile. May be repeated from any point.
 * @throws CloneMissing, CommitRefused
 */
export async function bringIn(
  engine: RepositoryEngine,
  input: BringInInput,
  signal: AbortSignal,
): Promise<BroughtIn> {
  const { at, task_id, delegated_job_id } = input;
  const job = await engine.store.readArchived(delegated_job_id);
  const { base_sha = null, head_sha = null, head_bundle = null } = job?.changes ?? {};
  if (!job || base_sha === null || head_sha === null || head_sha === base_sha) return { status: 'nothing' };
  const { git_dir } = await reachWork(engine, at, signal);
  const part = { task_id: delegated_job_id, title: job.view.title, head_sha, bundle_ref: head_bundle };
  await haveParts(engine, { git_dir, parts: [part] }, signal);
  const log = await logOf(git_dir, { from: base_sha, to: head_sha }, signal);
  const name = { job_id: at.job_id, task_id };
  return await withClone(engine.work_dir, name, signal, async () => {
    const finished = await finishMove(engine, { ...name, mirror_dir: git_dir }, signal);
    if (finished?.delegated_job_id === delegated_job_id)
      return { status: 'brought', head_sha: finished.to, log };
    const about = { ...name, git_dir, from_sha: input.from_sha };
    return await withSnapshot(engine, about, signal, async (taken): Promise<BroughtIn> => {
      const ours = await commitOf({ ...input, git_dir, base_sha, taken }, signal);
      const to = await withWork(engine, { ...input, git_dir, ours, part }, signal);
      if (typeof to !== 'string') {
        const { files, hunks_ref } = to;
        return { status: 'conflict', head_sha, log, files, hunks_ref };
      }
      const source = 'clone' as const;
      await nameWork({ git_dir, head_sha: to, input: { ...input, source } }, signal);
      const move = { ours, to, delegated_job_id };
      if (to !== ours) await moveClone(engine, { ...name, move, under: taken.under }, signal);
      return { status: 'brought', head_sha: to, log };
    });
  });
}

/**
 * A commit with what lies in the clone: what the job began with, where that is still so; else one on top of that, and of what was
 * committed in the clone.
 */
async function commitOf(
  input: BringInInput & { git_dir: string; base_sha: string; taken: Taken },
  signal: AbortSignal,
): Promise<string> {
  const { git_dir, base_sha, taken } = input;
  const { parent, tree } = taken;
  const isPart = (one: string, of: string) => isAncestor(git_dir, one, of, signal);
  const begun = await gitText(['rev-parse', '--verify', `${base_sha}^{tree}`], { cwd: git_dir, signal });
  const isNewer = await isPart(base_sha, parent);
  if (isNewer && !taken.changed) return parent;
  const isOlder = await isPart(parent, base_sha);
  if (isOlder && tree === begun) return base_sha;
  const parents = isNewer ? [parent] : isOlder ? [base_sha] : [parent, base_sha];
  const title = `So far: ${input.title}`;
  await taken.bring();
  return await commitTree(git_dir, { ...input, title, tree, parents }, signal);
}

/** A commit with both: one of them where it has the other, else their merge. */
async function withWork(
  engine: RepositoryEngine,
  input: BringInInput & { git_dir: string; ours: string; part: MergePart },
  signal: AbortSignal,
): Promise<string | Conflict> {
  const { git_dir, ours, part, committed_at } = input;
  if (await isAncestor(git_dir, part.head_sha, ours, signal)) return ours;
  if (await isAncestor(git_dir, ours, part.head_sha, signal)) return part.head_sha;
  const listing = await readListing(git_dir, ours, signal);
  const about = { ...input, head: ours, ours: 'your folder', listing, merged_at: committed_at };
  return await mergePart(engine, about, signal);
}

const LOG_LINES = 20;

async function logOf(
  cwd: string,
  { from, to }: { from: string; to: string },
  signal: AbortSignal,
): Promise<CommitLog> {
  const range = ['--no-merges', '--end-of-options', to, `^${from}`];
  const [text, count] = await Promise.all([
    gitText(['log', '--format=%h %s', `--max-count=${LOG_LINES}`, ...range], { cwd, signal }),
    gitText(['rev-list', '--count', ...range], { cwd, signal }),
  ]);
  return { lines: text.split('\n').filter(Boolean), count: Number(count) };
}
