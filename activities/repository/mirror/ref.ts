import { statSync, unlinkSync } from 'node:fs';
import { join, sep } from 'node:path';
import { GitError, git } from '../git/git.ts';

const NONE = '0'.repeat(40);
const SHA = /^[0-9a-f]{40}$/;
const STALE_MS = 120_000;

/** What a ref names, by its full name; null: there is none of that name, or it is no legal one. */
export async function readRef(gitDir: string, ref: string, signal: AbortSignal): Promise<string | null> {
  const { code, stdout } = await git(['show-ref', '--verify', '--hash', '--', ref], {
    cwd: gitDir,
    signal,
    codes: [0, 1, 128],
  });
  const sha = stdout.toString('latin1').trim();
  return code === 0 && SHA.test(sha) ? sha : null;
}

/** Refs below a prefix that ends with a slash, or that are matched by a pattern, by their full names. */
export async function listRefs(
  gitDir: string,
  pattern: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const { stdout } = await git(['for-each-ref', '--format=%(objectname) %(refname)', '--', pattern], {
    cwd: gitDir,
    signal,
  });
  const lines = stdout.toString('utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}

/**
 * Sets a ref by compare-and-swap: `from` is what it has to name before, null for none.
 * A lock that somebody who was killed left two minutes ago or earlier is taken away.
 */
export async function setRef(
  gitDir: string,
  { ref, to, from }: { ref: string; to: string; from: string | null },
  signal: AbortSignal,
): Promise<void> {
  const set = () => git(['update-ref', '--no-deref', ref, to, from ?? NONE], { cwd: gitDir, signal });
  await set().catch((error: unknown) => {
    if (!(error instanceof GitError) || !dropStaleLock(gitDir, error.stderr)) throw error;
    return set();
  });
}

function dropStaleLock(gitDir: string, stderr: string): boolean {
  const path = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1];
  if (!path) return false;
  const full = join(gitDir, path.startsWith(gitDir) ? path.slice(gitDir.length) : path);
  if (!full.startsWith(join(gitDir, 'refs') + sep)) return false;
  const stats = statSync(full, { throwIfNoEntry: false });
  if (stats && Date.now() - stats.mtimeMs < STALE_MS) return false;
  if (stats) unlinkSync(full);
  return true;
}

/** Whether everything in `sha` is also in `of`. */
export async function isAncestor(
  gitDir: string,
  sha: string,
  of: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { code } = await git(['merge-base', '--is-ancestor', sha, of], {
    cwd: gitDir,
    signal,
    codes: [0, 1],
  });
  return code === 0;
}

/** Whether a commit is there with everything that it consists of, its history included. */
export async function isComplete(gitDir: string, sha: string, signal: AbortSignal): Promise<boolean> {
  const { code } = await git(
    ['rev-list', '--objects', '--quiet', '--not', '--all', '--not', '--end-of-options', sha],
    {
      cwd: gitDir,
      signal,
      codes: [0, 1, 128],
      timeout_seconds: 600,
    },
  );
  return code === 0;
}

/** Keeps a commit under the first free name `<prefix><n>`, n from 1, or under one that it has already. */
export async function keepRef(
  gitDir: string,
  prefix: string,
  sha: string,
  signal: AbortSignal,
): Promise<string> {
  const there = await listRefs(gitDir, `${prefix}*`, signal);
  for (const [ref, named] of there) if (named === sha) return ref;
  let n = 1;
  while (there.has(`${prefix}${n}`)) n += 1;
  await setRef(gitDir, { ref: `${prefix}${n}`, to: sha, from: null }, signal);
  return `${prefix}${n}`;
}
