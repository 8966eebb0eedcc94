import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitInput, Committed } from '../../../contracts/repository/work.ts';
import {
  besideClone,
  type CloneName,
  clonePath,
  pristineIndex,
  readClone,
  withClone,
} from '../clone/clone.ts';
import { secondParent } from '../clone/merging.ts';
import { dropMove } from '../clone/move.ts';
import { repositoryFailure } from '../failures.ts';
import { removeTree } from '../files/remove-tree.ts';
import { listed } from '../files/shown.ts';
import { gitText } from '../git/git.ts';
import { overTree, type TreeUnderGit } from '../git/over-tree.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { makeGitDir } from '../mirror/bare.ts';
import { reachWork } from '../mirror/point.ts';
import { takeAgentCommits } from './agent-commits.ts';
import { commitTree } from './commit-tree.ts';
import { moveObjects } from './move-objects.ts';
import { publishWork } from './publish.ts';
import { GITLINK, type IndexEntry, readIndex, type SnapshotInput, takeSnapshot } from './snapshot.ts';

/**
 * Commits what an agent left in its folder, on top of what it committed itself, and names it by the task's branch. All
 * processes of the agent have ended. A repetition makes the same commit.
 * @throws CloneMissing, CommitRefused, StalePoint
 */
export async function commitWork(
  deps: RepositoryHostDeps,
  input: CommitInput,
  signal: AbortSignal,
): Promise<Committed> {
  const { git_dir } = await reachWork(deps, input.at, signal);
  const name = { job_id: input.at.job_id, task_id: input.task_id };
  return await withClone(deps.work_dir, name, signal, async () => {
    const work = await withSnapshot(
      deps,
      { ...name, git_dir, from_sha: input.from_sha },
      signal,
      async (taken) => {
        const { scratch_git_dir, tree, parent } = taken;
        const { merging, from_sha } = input;
        const unfinished = input.source === 'failed';
        const second = merging
          ? await secondParent(
              deps,
              { git_dir, from_sha, merging, scratch_git_dir, tree, parent, unfinished },
              signal,
            )
          : null;
        if (!taken.changed && second === null) return { ...taken, head_sha: parent };
        const parents = second === null ? [parent] : [parent, second];
        const head_sha = await commitTree(scratch_git_dir, { ...input, tree, parents }, signal);
        moveObjects(join(scratch_git_dir, 'objects'), join(git_dir, 'objects'));
        return { ...taken, head_sha, commits: taken.commits + 1 };
      },
    );
    dropMove(deps.work_dir, name);
    const { head_sha, commits, ignored_files, warnings } = work;
    return await publishWork(deps, { git_dir, input, head_sha, commits, ignored_files, warnings }, signal);
  });
}

const setupWarnings = (paths: readonly string[] = []): string[] =>
  paths.length === 0
    ? []
    : [
        `left out, since the setup command made it and no .gitignore names it (better name it there): ${listed(paths)}`,
      ];

/** A folder and the commits that were made in it, before anything of it is named. */
export interface Taken {
  /** the last commit of the agent, in the mirror, or what the task started from */
  parent: string;
  /** of the folder */
  tree: string;
  /** whether it differs from that of the parent */
  changed: boolean;
  /** above `from_sha`, of the agent */
  commits: number;
  ignored_files: number;
  warnings: string[];
  /** has the tree, and the mirror's objects; gone when the work with it is done */
  scratch_git_dir: string;
  /** of the tree, and knows the files of the folder; as long */
  index: string;
}

/**
 * Gives the folder of a task as a tree, in a git directory of its own: the mirror gets the agent's commits only.
 * @throws CloneMissing, CommitRefused
 */
export async function withSnapshot<T>(
  deps: Pick<RepositoryHostDeps, 'work_dir' | 'limits'>,
  input: CloneName & { git_dir: string; from_sha: string },
  signal: AbortSignal,
  work: (taken: Taken) => Promise<T>,
): Promise<T> {
  const { work_dir, limits } = deps;
  const { git_dir, from_sha } = input;
  const record = readClone(work_dir, input);
  if (record === null) {
    throw repositoryFailure(
      'CloneMissing',
      'The folder of this task is not on this host, or is no folder any more.',
    );
  }
  if (record.from_sha !== from_sha) {
    throw repositoryFailure(
      'CloneMissing',
      `The folder of this task began from the commit ${record.from_sha}, not from ${from_sha}.`,
    );
  }
  const folder = clonePath(work_dir, input);
  const file_bytes = limits.artifact_bytes;
  const scratch = join(besideClone(work_dir, input), `commit-${randomUUID()}`);
  try {
    const scratch_git_dir = join(scratch, 'git');
    makeGitDir(scratch_git_dir, { alternates: [join(git_dir, 'objects')], excluded: record.excluded });
    const quarantine = join(scratch, 'agent');
    const agent = await takeAgentCommits({ folder, git_dir, from_sha, quarantine, file_bytes }, signal);
    const parent = agent.head_sha;
    const under = { git_dir: scratch_git_dir, folder, index: join(scratch, 'index') };
    const ready = await readyIndex(
      under,
      { parent, from_sha, pristine: pristineIndex(work_dir, input) },
      signal,
    );
    const snapshot = await takeSnapshot({ ...under, ...ready, file_bytes }, signal);
    const { tree, ignored_files } = snapshot;
    const before = await gitText(['rev-parse', '--verify', `${parent}^{tree}`], { cwd: git_dir, signal });
    const warnings = [...setupWarnings(record.set_up), ...agent.warnings, ...snapshot.warnings];
    const { commits } = agent;
    return await work({
      parent,
      tree,
      changed: tree !== before,
      commits,
      ignored_files,
      warnings,
      scratch_git_dir,
      index: under.index,
    });
  } finally {
    await removeTree(scratch);
  }
}

interface ReadyInput {
  parent: string;
  from_sha: string;
  pristine: string;
}

/**
 * An index of the parent, with the times of the files where they are as they were checked out. Gives what it has, and the
 * submodules that were there at the start and still are.
 */
async function readyIndex(
  under: TreeUnderGit,
  input: ReadyInput,
  signal: AbortSignal,
): Promise<Pick<SnapshotInput, 'entries' | 'submodules'>> {
  const { parent, from_sha, pristine } = input;
  mkdirSync(join(under.index, '..'), { recursive: true });
  const known = existsSync(pristine);
  // The same file, with the time that it was written: by it git knows which files may have been changed since without a trace
  // in their own times. Git replaces an index, and never writes into one.
  if (known) linkSync(pristine, under.index);
  const read = (sha: string) => overTree(under)(['read-tree', '--reset', sha], { signal });
  if (!known) await read(from_sha);
  const atStart = await readIndex(under, signal);
  if (parent === from_sha) return { entries: atStart, submodules: new Set(pointers(atStart)) };
  await read(parent);
  const entries = await readIndex(under, signal);
  const before = new Set(pointers(atStart));
  return { entries, submodules: new Set(pointers(entries).filter((path) => before.has(path))) };
}

const pointers = (entries: ReadonlyMap<string, IndexEntry>): string[] =>
  [...entries].filter(([, { mode }]) => mode === GITLINK).map(([path]) => path);
