import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { besideClone, type CloneName, clonePath, pristineIndex, readClone } from '../clone/clone.ts';
import { repositoryFailure } from '../failures.ts';
import { removeTree } from '../files/remove-tree.ts';
import { listed } from '../files/shown.ts';
import { GitError, gitText } from '../git/git.ts';
import type { TreeUnderGit } from '../git/over-tree.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { makeGitDir } from '../mirror/bare.ts';
import { takePack } from '../mirror/take-pack.ts';
import { takeAgentCommits } from './agent-commits.ts';
import { GITLINK, type IndexEntry, readIndex, type SnapshotInput, takeSnapshot } from './snapshot.ts';

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
  /** the folder, which it may read, and an index of the tree that knows its files; until the work with it is done */
  under: TreeUnderGit;
  /**
   * Brings the tree into the mirror, each object looked at by git.
   * @throws CommitRefused where git does not take one
   */
  bring(): Promise<void>;
}

/**
 * Gives the folder of a task as a tree, in a git directory of its own: the mirror gets the agent's commits only.
 * @throws CloneMissing, CommitRefused
 */
export async function withSnapshot<T>(
  deps: Pick<RepositoryHostDeps, 'work_dir' | 'limits' | 'sandbox'>,
  input: CloneName & { git_dir: string; from_sha: string },
  signal: AbortSignal,
  work: (taken: Taken) => Promise<T>,
): Promise<T> {
  const { work_dir, limits, sandbox } = deps;
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
    const objects = join(git_dir, 'objects');
    const own = join(scratch, 'git');
    makeGitDir(own, { alternates: [objects], excluded: record.excluded });
    const box = { sandbox, writable: [scratch], readable: [folder, objects] };
    const quarantine = join(scratch, 'agent');
    const agent = await takeAgentCommits({ folder, git_dir, from_sha, quarantine, box, file_bytes }, signal);
    const parent = agent.head_sha;
    const under = { git_dir: own, folder, index: join(scratch, 'index'), box };
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
    const changed = tree !== before;
    const bring = async () => {
      const pack = { from: own, box, git_dir, wanted: tree, known: before };
      if (changed) await takePack(pack, signal).catch(refuseBroken);
    };
    return await work({ parent, tree, changed, commits, ignored_files, warnings, under, bring });
  } finally {
    await removeTree(scratch);
  }
}

const setupWarnings = (paths: readonly string[] = []): string[] =>
  paths.length === 0
    ? []
    : [
        `left out, since the setup command made it and no .gitignore names it (better name it there): ${listed(paths)}`,
      ];

/** Of what git takes from nobody, such as a .gitmodules by which it would run a program. */
function refuseBroken(error: unknown): never {
  const why =
    error instanceof GitError ? /^error: (object [0-9a-f]{40}: .*)$/m.exec(error.stderr)?.[1] : undefined;
  if (why === undefined) throw error;
  throw repositoryFailure('CommitRefused', `Git refuses a file of this work: ${why}.`);
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
  const atStart = await readIndex(under, known ? null : from_sha, signal);
  if (parent === from_sha) return { entries: atStart, submodules: new Set(pointers(atStart)) };
  const entries = await readIndex(under, parent, signal);
  const before = new Set(pointers(atStart));
  return { entries, submodules: new Set(pointers(entries).filter((path) => before.has(path))) };
}

const pointers = (entries: ReadonlyMap<string, IndexEntry>): string[] =>
  [...entries].filter(([, { mode }]) => mode === GITLINK).map(([path]) => path);
