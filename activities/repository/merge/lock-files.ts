import { createReadStream, type Stats } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toText } from '../../command/text.ts';
import { type RepositoryCommandDeps, runRepositoryCommand } from '../check/run-command.ts';
import { makeCheckout } from '../clone/checkout.ts';
import { leadsThroughLink } from '../files/links.ts';
import { removeTree } from '../files/remove-tree.ts';
import { gitText } from '../git/git.ts';
import type { MirrorName } from '../mirror/mirror.ts';
import type { ConflictEntry } from './merge-tree.ts';

const NAMES = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'Cargo.lock',
  'poetry.lock',
  'uv.lock',
  'Gemfile.lock',
  'composer.lock',
  'go.sum',
]);

/** The lock files in conflict, as they are in what is merged into; null: something else is, too, or one is gone on a side. */
export function onlyLocks(entries: readonly ConflictEntry[]): ConflictEntry[] | null {
  const isLock = ({ path, mode }: ConflictEntry) =>
    NAMES.has(path.slice(path.lastIndexOf('/') + 1)) && mode.startsWith('100');
  if (!entries.every(isLock)) return null;
  const ours = entries.filter(({ stage }) => stage === 2);
  const theirs = new Set(entries.filter(({ stage }) => stage === 3).map(({ path }) => path));
  const paths = new Set(entries.map(({ path }) => path));
  return ours.length === paths.size && theirs.size === paths.size ? ours : null;
}

export interface MakeLocksInput {
  git_dir: string;
  mirror: MirrorName;
  job_id: string;
  task_id: string;
  /** commit that is merged into */
  head: string;
  /** what the merge made, with marks in the lock files */
  tree: string;
  locks: readonly ConflictEntry[];
  lock_command: string;
}

/**
 * Has lock files made anew: the merged tree is checked out with one side's, and the command is run in the folder of each.
 * Gives the tree with what it wrote; a problem in words where it failed or left a lock file alone.
 */
export async function makeLocks(
  deps: RepositoryCommandDeps,
  input: MakeLocksInput,
  signal: AbortSignal,
): Promise<string | { problem: string }> {
  const { git_dir, locks, lock_command } = input;
  const scratch = join(deps.work_dir, input.job_id, '.checks', `lock-${input.tree}`);
  const folder = join(scratch, 'tree');
  const index = join(scratch, 'index');
  try {
    await removeTree(scratch);
    await mkdir(scratch, { recursive: true });
    const inIndex = treeWriter({ git_dir, index }, signal);
    const tree = await inIndex(input.tree, locks);
    await makeCheckout(deps, { git_dir, folder, sha: input.head, tree }, signal);
    const before = await statsOf(folder, locks);
    for (const below of new Set(locks.map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1)))) {
      const run = await runRepositoryCommand(
        deps,
        {
          command: lock_command,
          cwd: join(folder, text(below)),
          tree: folder,
          mirror: input.mirror,
          as: 'setup',
          traces: join(scratch, 'traces'),
          job_id: input.job_id,
          about: input.task_id,
          timeout_seconds: deps.command_timeout_seconds,
        },
        signal,
      );
      if (!run.passed) return { problem: problem(`${lock_command}: ${run.how}`, run.tail) };
    }
    const after = await statsOf(folder, locks);
    const made: ConflictEntry[] = [];
    for (const [at, lock] of locks.entries()) {
      const [was, is] = [before[at]!, after[at]];
      if (!is?.isFile() || is.size > deps.limits.artifact_bytes) {
        return { problem: problem(`${lock_command} left no file ${text(lock.path)} that can be taken`) };
      }
      if (was.ino === is.ino && was.mtimeMs === is.mtimeMs) {
        return { problem: problem(`${lock_command} did not write ${text(lock.path)}`) };
      }
      const source = createReadStream(join(folder, text(lock.path)));
      const call = { cwd: git_dir, env: { GIT_DIR: git_dir }, signal, input: source };
      made.push({ ...lock, blob: await gitText(['hash-object', '-w', '--stdin'], call) });
    }
    return await inIndex(tree, made);
  } finally {
    await removeTree(scratch);
  }
}

const text = (path: string): string => toText(Buffer.from(path, 'latin1'));

const problem = (what: string, tail = ''): string =>
  `The lock files could not be made anew: ${what}${tail ? `\n${tail}` : ''}`;

/** Undefined for what is not there, or lies behind a link. */
const statsOf = (folder: string, locks: readonly ConflictEntry[]): Promise<(Stats | undefined)[]> =>
  Promise.all(
    locks.map(async ({ path }) => {
      if (await leadsThroughLink(folder, text(path))) return undefined;
      return await lstat(join(folder, text(path))).catch(() => undefined);
    }),
  );

/** Writes a tree that is like another, but for some files. */
const treeWriter =
  ({ git_dir, index }: { git_dir: string; index: string }, signal: AbortSignal) =>
  async (tree: string, files: readonly ConflictEntry[]): Promise<string> => {
    const call = { cwd: git_dir, env: { GIT_DIR: git_dir, GIT_INDEX_FILE: index }, signal };
    const lines = files.map(({ mode, blob, path }) => `${mode} ${blob}\t${path}\0`);
    await gitText(['read-tree', tree], call);
    await gitText(['update-index', '-z', '--index-info'], {
      ...call,
      input: Buffer.from(lines.join(''), 'latin1'),
    });
    return await gitText(['write-tree'], call);
  };
