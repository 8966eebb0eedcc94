import { jobWorkflowId } from '../../contracts/names.ts';
import type { ActivityDeps } from '../deps.ts';
import { repositoryEngine } from '../repository/engine.ts';
import { keepWork } from '../repository/upkeep/keep-work.ts';
import { cleanMirrors } from '../repository/upkeep/mirrors.ts';
import { removeWorkFolders } from './work-folders.ts';

/** Removes from this host what no job needs any more; gives what went. */
export async function tidyHost(deps: ActivityDeps): Promise<{ folders: string[]; mirrors: string[] }> {
  const { temporal, store, config, mirrors_dir } = deps;
  const engine = repositoryEngine(deps);
  const { signal } = new AbortController();
  const folders = await removeWorkFolders(deps, (job_id) => keepWork(engine, job_id, signal));
  const mirrors = await cleanMirrors(
    {
      mirrors_dir,
      config: config.repositories,
      isOpen: (job_id) => temporal.isRunning(jobWorkflowId(job_id)),
      deletedAmong: (job_ids) => store.deletedAmong(job_ids),
    },
    signal,
  );
  return { folders, mirrors };
}
