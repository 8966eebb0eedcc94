import type { Dirent } from 'node:fs';
import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoriesConfig } from '../../../contracts/repository/config.ts';
import { jobOfRef, jobRefs } from '../../../core/repository/refs.ts';
import { git } from '../git/git.ts';
import { listRefs } from '../mirror/ref.ts';

export interface MirrorUpkeep {
  /** absolute */
  mirrors_dir: string;
  config: Pick<RepositoriesConfig, 'keep_days' | 'mirror_limit_gb'>;
  /** whether the job may still go on */
  isOpen(jobId: string): Promise<boolean>;
  /** those that were deleted */
  deletedAmong(jobIds: readonly string[]): Promise<ReadonlySet<string>>;
}

const DAY_MS = 86_400_000;
/** One that was just made, or is being used, is left alone. */
const USED_MS = 600_000;

/**
 * Removes mirrors that no open job has, when they were not used for so long, or the longest unused first while all of them
 * take too much room; what their jobs have made is in bundles then. Removes the branches of deleted jobs from the others.
 * @returns names of the folders that went
 */
export async function cleanMirrors(deps: MirrorUpkeep, signal: AbortSignal): Promise<string[]> {
  const found = await Promise.all(
    (await mirrorNames(deps.mirrors_dir)).map(async (name) => {
      const folder = join(deps.mirrors_dir, name);
      return { name, folder, used_ms: (await stat(folder)).mtimeMs };
    }),
  );
  found.sort((a, b) => a.used_ms - b.used_ms);
  const sizes = await Promise.all(found.map(({ folder }) => sizeOf(folder)));
  let room = deps.config.mirror_limit_gb * 1e9 - sizes.reduce((sum, size) => sum + size, 0);
  const removed: string[] = [];
  for (const [index, { name, folder, used_ms }] of found.entries()) {
    signal.throwIfAborted();
    const git_dir = join(folder, 'git');
    const jobs = await jobsIn(git_dir, signal);
    const idle_ms = Date.now() - used_ms;
    const isWanted = room >= 0 && idle_ms < deps.config.keep_days * DAY_MS;
    if (idle_ms < USED_MS || isWanted || (await anyOpen(deps, jobs))) {
      await dropDeleted(deps, git_dir, jobs, signal);
      continue;
    }
    await rm(folder, { recursive: true, force: true });
    room += sizes[index]!;
    removed.push(name);
  }
  return removed;
}

/** What else lies there begins with a dot. */
async function mirrorNames(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
}

async function jobsIn(gitDir: string, signal: AbortSignal): Promise<string[]> {
  const refs = await listRefs(gitDir, 'refs/heads/orchestrator/', signal).catch(
    () => new Map<string, string>(),
  );
  return [...new Set([...refs.keys()].flatMap((ref) => jobOfRef(ref) ?? []))];
}

async function anyOpen({ isOpen }: MirrorUpkeep, jobs: readonly string[]): Promise<boolean> {
  for (const job of jobs) if (await isOpen(job)) return true;
  return false;
}

async function dropDeleted(
  { deletedAmong, isOpen }: MirrorUpkeep,
  gitDir: string,
  jobs: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (jobs.length === 0) return;
  const deleted = await deletedAmong(jobs);
  for (const job of jobs) {
    if (!deleted.has(job) || (await isOpen(job))) continue;
    const refs = await listRefs(gitDir, jobRefs(job), signal);
    const input = [...refs.keys()].map((ref) => `delete ${ref}\n`).join('');
    await git(['update-ref', '--no-deref', '--stdin'], { cwd: gitDir, signal, input });
  }
}

/** In bytes; of what changes meanwhile, what was found. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(path);
    else bytes += (await lstat(path).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}
