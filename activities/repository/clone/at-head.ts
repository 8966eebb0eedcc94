import { join } from 'node:path';
import type { RepositoryPoint } from '../../../contracts/repository/work.ts';
import type { ActivityDeps } from '../../deps.ts';
import { repositoryEngine } from '../engine.ts';
import { removeTree } from '../files/remove-tree.ts';
import { exclusively } from '../mirror/exclusive.ts';
import { reachWork } from '../mirror/point.ts';
import { makeCheckout } from './checkout.ts';
import { applySetup } from './setup.ts';

/** Does something in a checkout of a job's head, with what the setup makes, that is gone afterwards. */
export async function inCheckout<T>(
  deps: ActivityDeps,
  { at, setup_command, about }: { at: RepositoryPoint; setup_command: string | null; about: string },
  signal: AbortSignal,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const engine = repositoryEngine(deps);
  const { git_dir } = await reachWork(engine, at, signal);
  const sha = at.head_sha;
  const folder = join(deps.work_dir, at.job_id, '.checks', `criterion-${about}`);
  return await exclusively(`${folder}.lock`, signal, async () => {
    try {
      await makeCheckout(engine, { git_dir, folder, sha }, signal);
      await applySetup(engine, { at, folder, sha, setup_command, about }, signal);
      return await work(folder);
    } finally {
      await removeTree(folder);
    }
  });
}
