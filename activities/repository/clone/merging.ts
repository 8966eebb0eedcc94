import type { MergingWork } from '../../../contracts/repository/work.ts';
import { named } from '../commit/scan.ts';
import { repositoryFailure } from '../failures.ts';
import { git } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { attributesFile } from '../merge/attributes.ts';
import { attributesOf, readListing } from '../merge/listing.ts';
import { mergeTree } from '../merge/merge-tree.ts';
import { haveParts } from '../mirror/parts.ts';
import { isAncestor } from '../mirror/ref.ts';

export interface MergingInput {
  /** the mirror's */
  git_dir: string;
  /** what the work is brought together with */
  from_sha: string;
  merging: MergingWork;
}

/** What git makes of two changes. */
export interface Mixed {
  /** sha; with the marks of conflicts in its files */
  tree: string;
  /** files that have them, bytes as Latin-1 */
  conflicted: string[];
}

/** Merges as far as git can: whoever works on it does the rest. */
export async function mixWork(
  deps: { store: Pick<RepositoryHostDeps['store'], 'openContent'> },
  { git_dir, from_sha, merging }: MergingInput,
  signal: AbortSignal,
): Promise<Mixed> {
  await haveParts(deps, { git_dir, parts: [{ ...merging, title: merging.task_id }] }, signal);
  const listing = await readListing(git_dir, from_sha, signal);
  const attributes = await attributesFile(git_dir, attributesOf(listing), signal);
  const merged = await mergeTree(git_dir, { ours: from_sha, theirs: merging.head_sha, attributes }, signal);
  const paths = merged.conflict?.entries.map(({ path }) => path) ?? [];
  return { tree: merged.tree, conflicted: [...new Set(paths)] };
}

export interface ResolvedInput extends MergingInput {
  /** sha; in the mirror */
  tree: string;
  parent: string;
  /** whether marks of conflicts may be left */
  unfinished: boolean;
}

/**
 * The commit that becomes the second parent of what brings two changes together; null: it is part of the first.
 * @throws CommitRefused where marks of conflicts are left in a file that had them
 */
export async function secondParent(
  deps: { store: Pick<RepositoryHostDeps['store'], 'openContent'> },
  input: ResolvedInput,
  signal: AbortSignal,
): Promise<string | null> {
  const { git_dir, merging, parent, tree } = input;
  const { conflicted } = await mixWork(deps, input, signal);
  if (conflicted.length > 0 && !input.unfinished) {
    const marked = await filesWithMarks(git_dir, tree, signal);
    const left = conflicted.filter((path) => marked.has(path));
    if (left.length > 0) {
      throw repositoryFailure(
        'CommitRefused',
        `Marks of conflicts are left in ${left.slice(0, 10).map(named).join(', ')}: decide what is to stand there, and take out the lines that begin with <<<<<<<, |||||||, ======= and >>>>>>>.`,
      );
    }
  }
  return (await isAncestor(git_dir, merging.head_sha, parent, signal)) ? null : merging.head_sha;
}

async function filesWithMarks(gitDir: string, tree: string, signal: AbortSignal): Promise<Set<string>> {
  const { stdout } = await git(['grep', '-l', '-z', '-a', '-e', '^<<<<<<< ', '-e', '^>>>>>>> ', tree], {
    cwd: gitDir,
    signal,
    codes: [0, 1],
    timeout_seconds: 300,
  });
  const lines = stdout.toString('latin1').split('\0').filter(Boolean);
  return new Set(lines.map((line) => line.slice(tree.length + 1)));
}
