import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { NetworkAccess } from '../../contracts/sandbox.ts';
import { attemptFolders } from '../command/folders.ts';
import type { ActivityDeps } from '../deps.ts';
import { clonePath } from '../repository/clone/clone.ts';
import { type MirrorName, mirrorFolder } from '../repository/mirror/mirror.ts';
import type { Guard } from './guard.ts';
import type { Sandbox } from './sandbox.ts';

type Deps = Pick<ActivityDeps, 'sandbox' | 'work_dir' | 'mirrors_dir'>;

/**
 * Of programs that a task's agent starts: they see where the task works, and nothing of other tasks' attempts.
 * @param network the most that they may reach
 */
export function taskGuard(
  deps: Deps,
  { job_id, task, attempt, repository }: Pick<AttemptRequest, 'job_id' | 'task' | 'attempt' | 'repository'>,
  network?: NetworkAccess,
): Guard {
  const { task_id } = task;
  const { home } = attemptFolders(deps.work_dir, job_id, task_id, attempt);
  return repository
    ? { ...treeGuard(deps, clonePath(deps.work_dir, { job_id, task_id }), repository.at, network), home }
    : { ...jobGuard(deps, job_id, network), home };
}

/** Folders in a job's folder that belong to single tasks. */
const OF_TASKS = ['.attempts', '.assistants'];

/** Of programs that work in a job's folder. */
export function jobGuard({ sandbox, work_dir }: Deps, job_id: string, network?: NetworkAccess): Guard {
  const folder = join(work_dir, job_id);
  const hidden = OF_TASKS.map((name) => join(folder, name)).filter((path) => existsSync(path));
  return { sandbox, view: { writable: [folder], hidden, readable: [], network } };
}

/** Of programs that work in a clone or checkout of a repository. */
export function treeGuard(
  { sandbox, mirrors_dir }: { sandbox: Sandbox; mirrors_dir: string },
  folder: string,
  mirror: MirrorName,
  network?: NetworkAccess,
): Guard {
  const objects = join(mirrorFolder(mirrors_dir, mirror), 'git', 'objects');
  return { sandbox, view: { writable: [folder], hidden: [], readable: [objects], network } };
}
