import type { DiffFile, DiffStat } from '../../../contracts/repository/view.ts';
import type { ChangeSize, DiffRefs } from '../../../contracts/repository/work.ts';
import { GitError, type GitOptions, git } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { parseDiff } from './diff-output.ts';

/** Two commits of a repository. */
export interface DiffInput {
  git_dir: string;
  /** sha */
  from: string;
  /** sha */
  to: string;
}

/** A diff in the content store. */
export interface StoredDiff extends DiffRefs, ChangeSize {
  /** paths that differ, old and new, what is not UTF-8 as U+FFFD; null: more than 2,000 */
  files: string[] | null;
}

const PATCH_BYTES = 20_000_000;
/** Room for the list of files before the patch. */
const LIST_BYTES = 64 * 1024 ** 2;
const LISTED_FILES = 10_000;
const NAMED_FILES = 2000;
const DIFF_SECONDS = 60;

/**
 * Stores what differs between two commits, as a patch and as a `DiffStat`: renames are found, binary files and those
 * over 20 MB are only named, no program that a repository names is run. Where git takes longer than a minute, or more
 * files differ than 64 MB can list, the files are listed without their lines, and the patch says so.
 * @throws GitError
 */
export async function storeDiff(
  deps: { store: Pick<RepositoryHostDeps['store'], 'putContent'> },
  input: DiffInput & { job_id: string },
  signal: AbortSignal,
): Promise<StoredDiff> {
  const { job_id, from, to } = input;
  const { files, patch } = await readDiff(input, signal);
  const size = sizeOf(files);
  const stat: DiffStat = {
    base_sha: from,
    head_sha: to,
    files: files.slice(0, LISTED_FILES),
    ...size,
    truncated: files.length > LISTED_FILES,
  };
  const put = async (source: string | Buffer) => (await deps.store.putContent({ job_id, source })).sha256;
  const [patch_ref, stat_ref] = await Promise.all([put(patch), put(JSON.stringify(stat))]);
  return { ...size, patch_ref, stat_ref, files: pathsOf(files) };
}

/** Paths that differ, old and new, what is not UTF-8 as U+FFFD; null: more than 2,000. */
export async function changedFiles(input: DiffInput, signal: AbortSignal): Promise<string[] | null> {
  return pathsOf((await listOnly(input, ['-M'], signal)).files);
}

async function readDiff(
  input: DiffInput,
  signal: AbortSignal,
): Promise<{ files: DiffFile[]; patch: Buffer }> {
  if (input.from === input.to) return { files: [], patch: Buffer.alloc(0) };
  try {
    const { stdout, truncated } = await diffTree(input, ['-M', '--raw', '--numstat', '-p'], signal);
    const { files, patch, complete } = parseDiff(stdout);
    if (complete) return { files, patch: cutPatch(patch, truncated) };
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== null) throw error;
  }
  const { files } = await listOnly(input, ['--no-renames'], signal);
  const said = 'The change is too large to be shown here: fetch the branch to see it.\n';
  return { files, patch: Buffer.from(said) };
}

async function listOnly(input: DiffInput, options: string[], signal: AbortSignal) {
  if (input.from === input.to) return { files: [] };
  return parseDiff((await diffTree(input, ['--raw', ...options], signal)).stdout);
}

function diffTree({ git_dir, from, to }: DiffInput, options: string[], signal: AbortSignal) {
  const call: GitOptions = {
    cwd: git_dir,
    env: { GIT_DIR: git_dir },
    signal,
    timeout_seconds: DIFF_SECONDS,
    limit_bytes: LIST_BYTES + PATCH_BYTES,
    cut: true,
  };
  const plain = ['-r', '-z', '--full-index', '--no-ext-diff', '--no-textconv', '--no-color'];
  const config = ['-c', `core.bigFileThreshold=${PATCH_BYTES}`];
  return git([...config, 'diff-tree', ...plain, ...options, '--end-of-options', from, to], call);
}

/** At a line's end, with a last line that says it. */
function cutPatch(patch: Buffer, truncated: boolean): Buffer {
  if (!truncated && patch.length <= PATCH_BYTES) return patch;
  const end = patch.lastIndexOf('\n', PATCH_BYTES - 1) + 1;
  return Buffer.concat([patch.subarray(0, end), Buffer.from(`[cut after ${PATCH_BYTES / 1_000_000} MB]\n`)]);
}

function sizeOf(files: readonly DiffFile[]): ChangeSize {
  const sum = (of: (file: DiffFile) => number | null) =>
    files.reduce((total, file) => total + (of(file) ?? 0), 0);
  return {
    files_changed: files.length,
    insertions: sum((file) => file.insertions),
    deletions: sum((file) => file.deletions),
  };
}

function pathsOf(files: readonly DiffFile[]): string[] | null {
  const paths = new Set<string>();
  for (const { path, old_path } of files) {
    paths.add(path);
    if (old_path !== undefined) paths.add(old_path);
    if (paths.size > NAMED_FILES) return null;
  }
  return [...paths];
}
