import type { AttemptRequest } from '../../../contracts/attempt.ts';
import type { PrepareCloneInput, PreparedClone } from '../../../contracts/repository/work.ts';
import type { ActivityDeps } from '../../deps.ts';
import { instructionsFor } from '../discover/instructions.ts';
import { type RepositoryEngine, repositoryEngine } from '../engine.ts';
import { openMirror } from '../mirror/mirror.ts';
import { notePoint } from '../upkeep/point-note.ts';
import { prepareClone } from './clone.ts';
import { keepLeftover } from './leftover.ts';
import { applySetup } from './setup.ts';

/**
 * Makes the folder that a task works in: its clone, with what the setup makes. Tells what the repository says to those who
 * work on the task's files.
 * @throws SetupFailed
 */
export async function prepareTask(
  engine: RepositoryEngine,
  input: PrepareCloneInput,
  signal: AbortSignal,
): Promise<PreparedClone> {
  await keepLeftover(engine, input, signal);
  await makeFolder(engine, input, signal);
  const { at, from_sha: sha, files = [] } = input;
  notePoint(engine.work_dir, at);
  const { git_dir } = await openMirror(engine, at, signal);
  const text = await instructionsFor(git_dir, sha, files, signal);
  if (text === null) return { instructions_ref: null };
  const { sha256 } = await engine.store.putContent({ job_id: at.job_id, source: engine.mask.text(text) });
  return { instructions_ref: sha256 };
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

/**
 * The clone once more, for an attempt whose worker was lost in the middle of what can only be begun anew: half of it is
 * nobody's work.
 */
export async function renewClone(
  deps: ActivityDeps,
  { repository, task: { task_id }, attempt, no_commands }: AttemptRequest,
  signal: AbortSignal,
): Promise<void> {
  const { check_command: _, ...where } = repository!;
  const rights = no_commands ? { no_commands } : {};
  await makeFolder(repositoryEngine(deps), { ...where, task_id, attempt, fresh: true, ...rights }, signal);
}
