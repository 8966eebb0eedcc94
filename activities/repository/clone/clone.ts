import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrepareCloneInput } from '../../../contracts/repository/work.ts';
import { taskBranch } from '../../../core/repository/refs.ts';
import { removeTree } from '../files/remove-tree.ts';
import { COMMITTER } from '../git/environment.ts';
import { overTree } from '../git/over-tree.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { makeGitDir } from '../mirror/bare.ts';
import { exclusively } from '../mirror/exclusive.ts';
import { reachWork } from '../mirror/point.ts';
import { excludeLine } from './exclude-line.ts';
import { copyIncluded } from './include.ts';
import { mixWork } from './merging.ts';

/** Which clone. Ids of jobs and tasks are names of folders as they are. */
export interface CloneName {
  job_id: string;
  task_id: string;
}

/** Where a task works. */
export const clonePath = (workDir: string, { job_id, task_id }: CloneName): string =>
  join(workDir, job_id, 'tasks', task_id);

/** What we keep of a clone where its agent has no business: an index of what was checked out, and whether it is whole. */
export const besideClone = (workDir: string, { job_id, task_id }: CloneName): string =>
  join(workDir, job_id, '.repository', task_id);

/** One at a time does something with a clone. */
export const withClone = <T>(workDir: string, name: CloneName, signal: AbortSignal, work: () => Promise<T>) =>
  exclusively(join(besideClone(workDir, name), 'lock'), signal, work);

/** What a clone was made of, written when it was whole. */
export interface CloneRecord {
  from_sha: string;
  /** paths that were put into it, as patterns of gitignore(5): the work of agents does not have them */
  excluded: string;
  /** once it has what the setup made: which paths of that git does not ignore, folders with a slash at the end */
  set_up?: string[];
  /** a move to another commit that is under way; left out: none is */
  move?: CloneMove;
}

/** A move to another commit: a worker that dies in the middle leaves half of both. */
export interface CloneMove {
  /** a commit with all that lay there before */
  ours: string;
  to: string;
  /** the job whose work is brought there */
  delegated_job_id: string;
}

/** Where that record is. */
export const cloneRecordPath = (workDir: string, name: CloneName): string =>
  join(besideClone(workDir, name), RECORD);

/** Null where there is no clone, or half of one. */
export function readClone(workDir: string, name: CloneName): CloneRecord | null {
  const stats = lstatSync(clonePath(workDir, name), { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return null;
  const path = cloneRecordPath(workDir, name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as CloneRecord) : null;
}

/**
 * The folder of a task: a repository of its own on a branch of the task's name, at `from_sha`, without a remote. It reads the
 * mirror's objects. What an earlier attempt left is gone on with, unless a fresh one is asked for; half of a clone never is,
 * nor one that began elsewhere: committed on top of `from_sha` it would take back what has landed since.
 */
export async function prepareClone(
  deps: RepositoryHostDeps,
  input: PrepareCloneInput,
  signal: AbortSignal,
): Promise<{ folder: string }> {
  const { git_dir } = await reachWork(deps, input.at, signal);
  const name = { job_id: input.at.job_id, task_id: input.task_id };
  const folder = clonePath(deps.work_dir, name);
  await withClone(deps.work_dir, name, signal, async () => {
    if (goesOn(deps, input)) return;
    const { from_sha, merging } = input;
    const tree = merging ? (await mixWork(deps, { git_dir, from_sha, merging }, signal)).tree : from_sha;
    await makeClone(deps, { ...name, git_dir, from_sha, tree, location: input.at.location }, signal);
  });
  return { folder };
}

/** Whether what an earlier attempt left is gone on with. */
export function goesOn(
  { work_dir }: Pick<RepositoryHostDeps, 'work_dir'>,
  { at: { job_id }, task_id, from_sha, fresh }: PrepareCloneInput,
): boolean {
  return !fresh && readClone(work_dir, { job_id, task_id })?.from_sha === from_sha;
}

/** Notes that a clone has what the setup made, and that this is not the work of agents, whether git ignores it or not. */
export function recordSetUp(workDir: string, name: CloneName, unignored: string[]): void {
  const record = readClone(workDir, name);
  if (record === null) return;
  const excluded = `${record.excluded}${unignored.map(excludeLine).join('')}`;
  // so that an agent that commits does not take it along
  const exclude = join(clonePath(workDir, name), '.git/info/exclude');
  rmSync(exclude, { force: true });
  writeFileSync(exclude, excluded, { flag: 'wx' });
  keepRecord(workDir, name, { ...record, excluded, set_up: unignored });
}

/** Writes what we keep of a clone; it is there as before, or as it is now. */
export function keepRecord(workDir: string, name: CloneName, record: CloneRecord): void {
  const path = cloneRecordPath(workDir, name);
  writeFileSync(`${path}.new`, JSON.stringify(record));
  renameSync(`${path}.new`, path);
}

/** Removes a clone, and what we keep of it. */
export async function removeClone(
  deps: Pick<RepositoryHostDeps, 'work_dir'>,
  name: CloneName,
  signal: AbortSignal,
): Promise<void> {
  const beside = besideClone(deps.work_dir, name);
  await withClone(deps.work_dir, name, signal, async () => {
    rmSync(join(beside, RECORD), { force: true });
    await removeTree(clonePath(deps.work_dir, name));
  });
  await removeTree(beside);
}

const RECORD = 'clone.json';

/** The index of what was checked out, with the times of the files, so that a commit reads only what was changed. */
export const pristineIndex = (workDir: string, name: CloneName): string =>
  join(besideClone(workDir, name), 'index');

interface MakeInput extends CloneName {
  git_dir: string;
  from_sha: string;
  /** what is checked out: that of `from_sha`, or what other work made of it */
  tree: string;
  location: string;
}

/** Makes it beside its place. The record goes first and comes last: without it the folder counts for nothing. */
async function makeClone(deps: RepositoryHostDeps, input: MakeInput, signal: AbortSignal): Promise<void> {
  const { work_dir } = deps;
  const beside = besideClone(work_dir, input);
  const folder = clonePath(work_dir, input);
  rmSync(join(beside, RECORD), { force: true });
  const scratch = join(beside, `new-${randomUUID()}`);
  const made = join(scratch, 'tree');
  try {
    const git_dir = join(scratch, 'git');
    const index = join(git_dir, 'index');
    const own = join(made, '.git');
    const objects = join(input.git_dir, 'objects');
    makeGitDir(git_dir, { alternates: [objects] });
    makeOwnRepository(own, { ...input, objects });
    const box = { sandbox: deps.sandbox, writable: [git_dir, made], readable: [objects], hidden: [own] };
    await overTree({ git_dir, folder: made, index, box })([['read-tree', '--reset', '-u', input.tree]], {
      signal,
      timeout_seconds: 1800,
    });
    copyIndex(index, join(own, 'index'));
    const excluded = await copyIncluded({ location: input.location, folder: made }, signal);
    if (excluded) writeFileSync(join(own, 'info/exclude'), excluded);
    renameSync(index, pristineIndex(work_dir, input));
    mkdirSync(join(folder, '..'), { recursive: true });
    await rename(folder, join(scratch, 'before')).catch(unlessMissing);
    await rename(made, folder);
    const record: CloneRecord = { from_sha: input.from_sha, excluded };
    writeFileSync(join(scratch, RECORD), JSON.stringify(record));
    renameSync(join(scratch, RECORD), join(beside, RECORD));
  } finally {
    await removeTree(scratch);
  }
}

/**
 * Copies a file, and nothing that one was made into, to the place of one. With its time, by which git knows which files may have been
 * changed since without a trace in their own times.
 */
export function copyIndex(from: string, to: string): void {
  const stats = lstatSync(from);
  if (!stats.isFile()) throw new Error('git left no index');
  rmSync(to, { force: true, recursive: true }); // may be a link to anywhere, or a folder
  copyFileSync(from, to, constants.COPYFILE_EXCL);
  const seconds = Math.floor(stats.mtimeMs) / 1000;
  utimesSync(to, seconds, seconds);
}

/** The agent's own repository: it may commit, and has nothing to push to. */
function makeOwnRepository(gitDir: string, input: MakeInput & { objects: string }): void {
  const branch = `refs/heads/${taskBranch(input.job_id, input.task_id)}`;
  makeGitDir(gitDir, { alternates: [input.objects], config: CONFIG, head: `ref: ${branch}` });
  mkdirSync(join(gitDir, branch, '..'), { recursive: true });
  writeFileSync(join(gitDir, branch), `${input.from_sha}\n`);
}

const CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
	logallrefupdates = true
[user]
	name = ${COMMITTER.name}
	email = ${COMMITTER.email}
[gc]
	auto = 0
`;

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
