import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { PrepareCloneInput } from '../../contracts/repository/work.ts';
import type { ActivityDeps } from '../deps.ts';
import { prepareClone } from './clone.ts';
import { type RepositoryEngine, repositoryEngine } from './engine.ts';
import { keepLeftover } from './leftover.ts';
import { applySetup } from './setup.ts';

/**
 * Makes the folder that a task works in: its clone, with what the setup makes.
 * @throws SetupFailed
 */
export async function prepareTask(
  engine: RepositoryEngine,
  input: PrepareCloneInput,
  signal: AbortSignal,
): Promise<void> {
  await keepLeftover(engine, input, signal);
  await makeFolder(engine, input, signal);
}

async function makeFolder(
  engine: RepositoryEngine,
  input: PrepareCloneInput,
  signal: AbortSignal,
): Promise<void> {
  const { folder, made } = await prepareClone(engine, input, signal);
  if (!made || input.no_commands) return;
  const { at, from_sha: sha, setup_command, task_id: about } = input;
  await applySetup(engine, { at, folder, sha, setup_command, about }, signal);
}

/** The same once more, for an attempt whose worker was lost in the middle of what can only be begun anew: half of it is nobody's work. */
export async function renewClone(
  deps: ActivityDeps,
  { repository, task: { task_id }, attempt, no_commands }: AttemptRequest,
  signal: AbortSignal,
): Promise<void> {
  const { check_command: _, ...where } = repository!;
  const rights = no_commands ? { no_commands } : {};
  await makeFolder(repositoryEngine(deps), { ...where, task_id, attempt, fresh: true, ...rights }, signal);
}
