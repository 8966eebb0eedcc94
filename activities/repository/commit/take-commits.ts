import { type RepositoryFailure, repositoryFailure } from '../failures.ts';
import { shown } from '../files/shown.ts';
import { git, gitText } from '../git/git.ts';
import { isAncestor } from '../mirror/ref.ts';

export interface TakeInput {
  /** a git directory of ours with objects of strangers, and the mirror's as alternates */
  quarantine: string;
  /** the mirror's */
  git_dir: string;
  from_sha: string;
  head_sha: string;
  /** of one file of these commits */
  file_bytes: number;
  /** of the failure when a file is larger */
  failure: RepositoryFailure;
}

const LIST_BYTES = 512 * 1024 ** 2;
const SECONDS = 1800;

/**
 * Fetches commits out of a quarantine into the mirror, each object looked at by git. No ref names them yet.
 * @returns how many are above `from_sha`; null: they do not descend from it
 * @throws GitError where they are broken or incomplete; the failure where a file is too large
 */
export async function takeCommits(input: TakeInput, signal: AbortSignal): Promise<number | null> {
  const { quarantine, git_dir, from_sha, head_sha } = input;
  if (!(await isAncestor(quarantine, from_sha, head_sha, signal))) return null;
  await refuseLarge(input, signal);
  await git(
    [
      '-c',
      'transfer.fsckObjects=true',
      'fetch',
      '--quiet',
      '--no-write-fetch-head',
      '--no-tags',
      '--',
      quarantine,
      head_sha,
    ],
    { cwd: git_dir, signal, timeout_seconds: SECONDS },
  );
  const count = await gitText(['rev-list', '--count', head_sha, `^${from_sha}`], { cwd: git_dir, signal });
  return Number(count);
}

/** Before a single one is unpacked: a file of 2 GB may be 2 MB in a pack. */
async function refuseLarge(input: TakeInput, signal: AbortSignal): Promise<void> {
  const { quarantine, from_sha, head_sha, file_bytes, failure } = input;
  const call = { cwd: quarantine, signal, timeout_seconds: SECONDS, limit_bytes: LIST_BYTES };
  const { stdout } = await git(['rev-list', '--objects', head_sha, `^${from_sha}`], call);
  const lines = stdout.toString('utf8').split('\n').filter(Boolean);
  const sizes = await gitText(['cat-file', '--batch-check=%(objectsize) %(objecttype)'], {
    ...call,
    input: lines.map((line) => `${line.slice(0, 40)}\n`).join(''),
  });
  const kinds = sizes.split('\n');
  const large = lines.filter((_, index) => {
    const [size, kind] = kinds[index]?.split(' ') ?? [];
    return kind === 'blob' && Number(size) > file_bytes;
  });
  if (large.length === 0) return;
  const names = large.slice(0, 10).map((line) => shown(line.slice(41)));
  throw repositoryFailure(
    failure,
    `The commits have files larger than ${file_bytes} bytes: ${names.join(', ')}. Take them out of the commits, not only out of the folder.`,
  );
}
