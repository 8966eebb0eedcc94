import { type RepositoryFailure, repositoryFailure } from '../failures.ts';
import { shown } from '../files/shown.ts';
import type { GitBox } from '../git/box.ts';
import { GitError, type GitOptions, gitText } from '../git/git.ts';
import { gitInTurn } from '../git/in-turn.ts';
import { isComplete } from '../mirror/ref.ts';
import { takePack } from '../mirror/take-pack.ts';

export interface TakeInput {
  /** a git directory of ours with objects of strangers, and the mirror's as alternates */
  quarantine: string;
  /** as which it is read */
  box: GitBox;
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
 * Brings commits out of a quarantine into the mirror, each object looked at by git. No ref names them yet.
 * @returns how many are above `from_sha`; null: they do not descend from it
 * @throws GitError where they are broken or incomplete; the failure where a file is too large; BoxError
 */
export async function takeCommits(input: TakeInput, signal: AbortSignal): Promise<number | null> {
  const { quarantine, box, git_dir, from_sha, head_sha } = input;
  const call = { cwd: quarantine, env: { GIT_DIR: quarantine }, box, signal, timeout_seconds: SECONDS };
  const { code, stdout } = await gitInTurn(
    [
      ['merge-base', '--is-ancestor', from_sha, head_sha],
      ['rev-list', '--objects', head_sha, `^${from_sha}`],
    ],
    { ...call, limit_bytes: LIST_BYTES, codes: [0, 1] },
  );
  if (code === 1) return null;
  await refuseLarge(input, stdout.toString('utf8').split('\n').filter(Boolean), call);
  await takePack({ from: quarantine, box, git_dir, wanted: head_sha, known: from_sha }, signal);
  if (!(await isComplete(git_dir, head_sha, signal))) throw new GitError('they are incomplete', null, '');
  const count = await gitText(['rev-list', '--count', head_sha, `^${from_sha}`], { cwd: git_dir, signal });
  return Number(count);
}

/** Before a single one is unpacked: a file of 2 GB may be 2 MB in a pack. */
async function refuseLarge(input: TakeInput, lines: readonly string[], call: GitOptions): Promise<void> {
  const { file_bytes, failure } = input;
  const sizes = await gitText(['cat-file', '--batch-check=%(objectsize) %(objecttype)'], {
    ...call,
    limit_bytes: LIST_BYTES,
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
