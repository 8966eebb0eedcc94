import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setCloneHead } from '../commit/clone-head.ts';
import { repositoryFailure } from '../failures.ts';
import { removeTree } from '../files/remove-tree.ts';
import { GitError } from '../git/git.ts';
import type { GitCall } from '../git/in-turn.ts';
import { overTree, type TreeUnderGit } from '../git/over-tree.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { makeGitDir } from '../mirror/bare.ts';
import {
  besideClone,
  type CloneMove,
  type CloneName,
  clonePath,
  copyIndex,
  keepRecord,
  readClone,
} from './clone.ts';

export interface MoveInput extends CloneName {
  move: CloneMove;
  /** over the clone, which it may at least read, with an index of `ours` that knows its files */
  under: TreeUnderGit;
}

const SECONDS = 1800;
const IN_THE_WAY = /would be overwritten|would lose|not uptodate|Cannot merge/;

/**
 * Takes a clone to another commit: its files, its branch and its index; what git ignores there stays. Nobody else works in it
 * meanwhile. Where a worker dies in the middle, {@link finishMove} does the rest.
 * @throws CommitRefused where something lies in the way, and nothing is changed then
 */
export async function moveClone(
  deps: Pick<RepositoryHostDeps, 'work_dir'>,
  input: MoveInput,
  signal: AbortSignal,
): Promise<void> {
  const { move } = input;
  keepRecord(deps.work_dir, input, { ...readClone(deps.work_dir, input)!, move });
  try {
    await checkOut(input, [checkOutCall('-m', move)], signal);
  } catch (error) {
    if (!(error instanceof GitError) || !IN_THE_WAY.test(error.stderr)) throw error;
    dropMove(deps.work_dir, input);
    throw repositoryFailure('CommitRefused', `Something is in the way of it: ${error.stderr.trim()}`);
  }
  settle(deps.work_dir, input);
}

/**
 * Ends a move in whose middle a worker died: nobody has worked in the clone since. Gives it; null: there is none. One at a time,
 * see `withClone`.
 */
export async function finishMove(
  { work_dir, sandbox }: Pick<RepositoryHostDeps, 'work_dir' | 'sandbox'>,
  { mirror_dir, ...name }: CloneName & { mirror_dir: string },
  signal: AbortSignal,
): Promise<CloneMove | null> {
  const { move } = readClone(work_dir, name) ?? {};
  if (!move) return null;
  const scratch = join(besideClone(work_dir, name), `move-${randomUUID()}`);
  try {
    mkdirSync(scratch, { recursive: true });
    const git_dir = join(scratch, 'git');
    const objects = join(mirror_dir, 'objects');
    makeGitDir(git_dir, { alternates: [objects] });
    const box = { sandbox, writable: [scratch], readable: [objects] };
    const under = { git_dir, folder: clonePath(work_dir, name), index: join(scratch, 'index'), box };
    const input = { ...name, move, under };
    await checkOut(input, [['read-tree', move.ours], checkOutCall('--reset', move)], signal);
    settle(work_dir, input);
    return move;
  } finally {
    await removeTree(scratch);
  }
}

/** What lies in a clone counts as it is, however a move of it ended. */
export function dropMove(workDir: string, name: CloneName): void {
  const record = readClone(workDir, name);
  if (!record?.move) return;
  const { move: _, ...rest } = record;
  keepRecord(workDir, name, rest);
}

const checkOutCall = (how: '-m' | '--reset', { ours, to }: CloneMove): GitCall => [
  'read-tree',
  how,
  '-u',
  ours,
  to,
];

async function checkOut({ under }: MoveInput, calls: [GitCall, ...GitCall[]], signal: AbortSignal) {
  const box = { ...under.box, writable: [...under.box.writable, under.folder] };
  await overTree({ ...under, box })(calls, { signal, timeout_seconds: SECONDS });
}

/** An agent that has made its own repository unusable has the files. */
function settle(workDir: string, { under, move, ...name }: MoveInput): void {
  const folder = clonePath(workDir, name);
  if (setCloneHead(folder, move.to)) copyIndex(under.index, join(folder, '.git/index'));
  dropMove(workDir, name);
}
