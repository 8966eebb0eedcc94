import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeTree } from '../repository/files/remove-tree.ts';
import type { Guard } from '../sandbox/guard.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { isBelow } from '../sandbox/system.ts';
import type { RunView } from '../sandbox/view.ts';
import { CommandStartError } from './errors.ts';

interface Guarded {
  guard: Guard;
  cwd: string;
  context_file: string;
  artifacts_dir: string;
  inputs_dir?: string | undefined;
}

/**
 * The sandbox of a run with everything that the run sees; undefined where there is none.
 * @throws CommandStartError where it may not run without, or could not be in its folder
 */
export async function confinement(
  request: Guarded,
): Promise<{ sandbox: Sandbox; view: RunView } | undefined> {
  const { guard, cwd, context_file, artifacts_dir, inputs_dir } = request;
  const { sandbox, view, planned = false } = guard;
  if (sandbox.kind === 'none') {
    if (!sandbox.required) return undefined;
    throw new CommandStartError(
      'sandbox_unavailable',
      `Nothing was run: the configuration demands a sandbox (sandbox.mode: required), and this host has none: ${sandbox.reason}.`,
    );
  }
  const places = [...view.writable, ...view.readable, ...sandbox.places];
  if (!places.some((place) => isBelow(cwd, place))) {
    throw new CommandStartError(
      'cwd_not_in_sandbox',
      `The working folder ${cwd} lies outside of what the sandbox shows. Name it, or a folder above it, in sandbox.writable of the configuration, or leave the task's cwd out.`,
    );
  }
  const { tmp, home } = ownFolders(request);
  // of a start whose worker was killed: links in it would lead where the sandbox makes places for folders
  await removeTree(tmp);
  await Promise.all([tmp, home].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
  const network = sandbox.networkOf(view.network, { planned });
  return {
    sandbox,
    view: {
      ...view,
      writable: [...view.writable, artifacts_dir],
      readable: [...view.readable, context_file, ...(inputs_dir === undefined ? [] : [inputs_dir])],
      network,
      tmp,
      home,
    },
  };
}

/** Removes what was its own alone. */
export async function dropOwnFolders(request: Guarded): Promise<void> {
  if (request.guard.sandbox.kind === 'none') return;
  const { tmp, home } = ownFolders(request);
  await removeTree(tmp);
  if (request.guard.home === undefined) await removeTree(home);
}

function ownFolders({ guard, context_file }: Guarded): { tmp: string; home: string } {
  const own = dirname(context_file);
  return { tmp: join(own, 'tmp'), home: guard.home ?? join(own, 'home') };
}
