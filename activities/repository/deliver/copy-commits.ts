import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitError, type GitOptions, git } from '../git/git.ts';

/** Of what a repository has, so many refs are named as known there; the rest is at worst copied once more. */
const MAX_KNOWN = 2000;
const LIST_BYTES = 8 * 1024 ** 2;

/**
 * Copies a commit with all that it needs into another repository, as one pack, which is checked to be complete. Safe to
 * repeat.
 * @param target options of calls of git in it
 * @throws GitError
 */
export async function copyCommits(
  source: { from: string; head_sha: string },
  target: GitOptions,
): Promise<void> {
  const { from, head_sha } = source;
  if (await isComplete(head_sha, target)) return;
  const own: GitOptions = {
    cwd: from,
    env: { GIT_DIR: from },
    signal: target.signal,
    timeout_seconds: target.timeout_seconds,
  };
  const revisions = [head_sha, ...(await knownThere(own, target)).map((sha) => `^${sha}`), ''].join('\n');
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-pack-'));
  try {
    const { stdout } = await git(
      ['pack-objects', '--revs', '--delta-base-offset', '-q', join(folder, 'pack')],
      {
        ...own,
        input: revisions,
      },
    );
    const pack = createReadStream(join(folder, `pack-${stdout.toString('utf8').trim()}.pack`));
    await git(['index-pack', '--stdin', '--fix-thin'], { ...target, input: pack });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await git(complete(head_sha), target);
}

const complete = (sha: string) => ['rev-list', '--objects', '--quiet', sha, '--not', '--all', '--'];

/** Whatever git says instead, it says again once the commits are there. */
async function isComplete(sha: string, target: GitOptions): Promise<boolean> {
  try {
    await git(complete(sha), target);
    return true;
  } catch (error) {
    if (error instanceof GitError) return false;
    throw error;
  }
}

/** Commits that both have. One that is shallow has their histories in part, so that none of them counts. */
async function knownThere(own: GitOptions, target: GitOptions): Promise<string[]> {
  const shallow = await git(['rev-parse', '--is-shallow-repository'], target);
  if (shallow.stdout.toString('utf8').trim() === 'true') return [];
  const refs = await git(
    [
      'for-each-ref',
      `--count=${MAX_KNOWN}`,
      '--sort=-creatordate',
      '--format=%(objectname)',
      'refs/heads',
      'refs/remotes',
    ],
    { ...target, limit_bytes: LIST_BYTES },
  );
  const { stdout } = await git(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    ...own,
    input: refs.stdout,
    limit_bytes: LIST_BYTES,
  });
  return stdout
    .toString('utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith(' commit') ? line.slice(0, -' commit'.length) : []));
}
