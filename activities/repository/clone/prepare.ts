import type { AttemptRequest } from '../../../contracts/attempt.ts';
import type {
  Committed,
  KeptAside,
  PrepareCloneInput,
  PreparedClone,
} from '../../../contracts/repository/work.ts';
import type { ActivityDeps } from '../../deps.ts';
import type { RepositoryCommandDeps } from '../check/run-command.ts';
import { instructionsFor } from '../discover/instructions.ts';
import { repositoryEngine } from '../engine.ts';
import { openMirror } from '../mirror/mirror.ts';
import { notePoint } from '../upkeep/point-note.ts';
import { prepareClone, readClone, recordSetUp, withClone } from './clone.ts';
import { keepLeftover } from './leftover.ts';
import { finishMove } from './move.ts';
import { applySetup } from './setup.ts';

/**
 * Makes the folder that a task works in: its clone, with what the setup makes. Tells what the repository says to those who
 * work on the task's files.
 * @throws SetupFailed
 */
export async function prepareTask(
  engine: RepositoryCommandDeps,
  input: PrepareCloneInput,
  signal: AbortSignal,
): Promise<PreparedClone> {
  const kept = await keepLeftover(engine, input, signal);
  await makeFolder(engine, input, signal);
  const { at, from_sha: sha, files = [] } = input;
  notePoint(engine.work_dir, at);
  const { git_dir } = await openMirror(engine, at, signal);
  const text = await instructionsFor(git_dir, sha, files, signal);
  const left = kept?.bundle_ref ? { left: keptOf(kept) } : {};
  if (text === null) return { instructions_ref: null, ...left };
  const { sha256 } = await engine.store.putContent({ job_id: at.job_id, source: engine.mask.text(text) });
  return { instructions_ref: sha256, ...left };
}

const keptOf = ({ head_sha, bundle_ref, files_changed, insertions, deletions }: Committed): KeptAside => ({
  ...{ head_sha, bundle_ref, files_changed, insertions, deletions },
});

async function makeFolder(
  engine: RepositoryCommandDeps,
  input: PrepareCloneInput,
  signal: AbortSignal,
): Promise<void> {
  const { folder } = await prepareClone(engine, input, signal);
  const { at, from_sha: sha, setup_command, task_id: about } = input;
  const name = { job_id: at.job_id, task_id: about };
  if (readClone(engine.work_dir, name)?.move) {
    const { git_dir: mirror_dir } = await openMirror(engine, at, signal);
    await withClone(engine.work_dir, name, signal, () => finishMove(engine, { ...name, mirror_dir }, signal));
  }
  if (input.no_commands || readClone(engine.work_dir, name)?.set_up) return;
  const { unignored } = await applySetup(engine, { at, folder, sha, setup_command, about }, signal);
  recordSetUp(engine.work_dir, name, unignored);
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
  const { check_command: _, lock_command: __, ...where } = repository!;
  const rights = no_commands ? { no_commands } : {};
  await makeFolder(repositoryEngine(deps), { ...where, task_id, attempt, fresh: true, ...rights }, signal);
}
