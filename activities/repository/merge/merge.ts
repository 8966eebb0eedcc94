import type { Candidate, Conflict, MergeInput, MergePart } from '../../../contracts/repository/work.ts';
import { toText } from '../../command/text.ts';
import type { RepositoryCommandDeps } from '../check/run-command.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { haveParts } from '../mirror/parts.ts';
import { reachPoint } from '../mirror/point.ts';
import { isAncestor } from '../mirror/ref.ts';
import { attributesFile } from './attributes.ts';
import { findTwins } from './case-twins.ts';
import { commitMerge } from './commit-merge.ts';
import { storeHunks } from './hunks.ts';
import { applyChanges, attributesOf, type Listing, readChanges, readListing } from './listing.ts';
import { makeLocks, onlyLocks } from './lock-files.ts';
import { type MergedTree, mergeTree } from './merge-tree.ts';

/** So many names of files go with a conflict; its hunks name the rest. */
const NAMED_FILES = 500;

/**
 * Merges the work of tasks into the head, one after the other, up to the first that does not merge: a chain of merge
 * commits whose shas depend on nothing but the input, where no lock file had to be made anew. No ref is moved; nothing
 * is cleaned up in a mirror, so that a candidate stays until it has landed.
 * @throws GitError; StalePoint; WorkMissing where a part is neither here nor in a bundle
 */
export async function mergeWork(
  deps: RepositoryCommandDeps,
  input: MergeInput,
  signal: AbortSignal,
): Promise<Candidate> {
  const { at, parts } = input;
  const { git_dir } = await reachPoint(deps, at, signal);
  await haveParts(deps, { git_dir, parts }, signal);
  const candidate: Candidate = { candidate_sha: null, merged: [], conflict: null };
  let head = at.head_sha;
  let listing: Listing | undefined;
  for (const part of parts) {
    if (!(await isAncestor(git_dir, part.head_sha, head, signal))) {
      listing ??= await readListing(git_dir, head, signal);
      const merged = await mergePart(deps, { ...input, git_dir, head, part, listing }, signal);
      if (typeof merged !== 'string') return { ...candidate, conflict: merged };
      head = merged;
    }
    candidate.candidate_sha = head;
    candidate.merged.push(part.task_id);
  }
  return candidate;
}

export interface PartInput extends Omit<MergeInput, 'parts'> {
  git_dir: string;
  /** what it is merged into */
  head: string;
  /** what that is called where the two conflict; left out: what has landed */
  ours?: string;
  /** of that; brought to the merge where it is one */
  listing: Listing;
  part: MergePart;
}

/** The merge commit, or why there is none. */
export async function mergePart(
  deps: RepositoryCommandDeps,
  input: PartInput,
  signal: AbortSignal,
): Promise<string | Conflict> {
  const { git_dir, head, listing, part, at } = input;
  const attributes = await attributesFile(git_dir, attributesOf(listing), signal);
  const merged = await mergeTree(git_dir, { ours: head, theirs: part.head_sha, attributes }, signal);
  const tree = merged.conflict ? await withNewLocks(deps, input, merged, signal) : merged.tree;
  if (typeof tree !== 'string') return tree;
  const changes = await readChanges(git_dir, { from: head, to: tree }, signal);
  const twins = await findTwins(git_dir, { listing, changes, part: part.head_sha }, signal);
  if (twins.length > 0) {
    const messages = twins.map(([there, added]) => ({
      paths: [there, added],
      type: 'CONFLICT (case)',
      text: `CONFLICT (case): ${name(added)} of ${part.head_sha} and ${name(there)} of ${head} differ in case only`,
    }));
    const entries = twins.flat().map((path) => ({ mode: '', blob: '', stage: 2, path }));
    return await toldConflict(deps, input, { tree, conflict: { entries, messages } }, signal);
  }
  applyChanges(listing, changes);
  const { job_id } = at;
  return await commitMerge({ git_dir, job_id, head, part, tree, merged_at: input.merged_at }, signal);
}

/** The tree with lock files made anew, where nothing else is in the way. */
async function withNewLocks(
  deps: RepositoryCommandDeps,
  input: PartInput,
  merged: MergedTree,
  signal: AbortSignal,
): Promise<string | Conflict> {
  const { git_dir, at, head, part, lock_command } = input;
  const conflict = merged.conflict!;
  const locks = onlyLocks(conflict.entries);
  if (!locks || lock_command === null || input.no_commands) {
    return await toldConflict(deps, input, merged, signal);
  }
  const { tree } = merged;
  const made = await makeLocks(
    deps,
    { git_dir, mirror: at, job_id: at.job_id, task_id: part.task_id, head, tree, locks, lock_command },
    signal,
  );
  if (typeof made === 'string') return made;
  const message = { paths: [], type: 'CONFLICT (lock files)', text: made.problem };
  const messages = [message, ...conflict.messages];
  return await toldConflict(deps, input, { tree, conflict: { ...conflict, messages } }, signal);
}

async function toldConflict(
  deps: RepositoryHostDeps,
  { git_dir, at, head, part, ours = 'what has landed' }: PartInput,
  { tree, conflict }: MergedTree,
  signal: AbortSignal,
): Promise<Conflict> {
  const names = { [head]: ours, [part.head_sha]: `the work of ${part.task_id}` };
  const hunks_ref = await storeHunks(
    deps,
    { git_dir, job_id: at.job_id, tree, conflict: conflict!, names },
    signal,
  );
  // git moves a file aside where a folder has its name
  const original = (path: string) => path.replace(new RegExp(`~(${head}|${part.head_sha})(_\\d+)?$`), '');
  const { entries, messages } = conflict!;
  const said = messages.filter(({ type }) => type.startsWith('CONFLICT')).flatMap(({ paths }) => paths);
  const paths = [...entries.map(({ path }) => path), ...said];
  const files = new Set(paths.map((path) => name(original(path))));
  return { task_id: part.task_id, files: [...files].slice(0, NAMED_FILES), hunks_ref };
}

const name = (path: string): string => toText(Buffer.from(path, 'latin1'));
