import type { Program } from '../../process/launch.ts';
import { RUN_ID_VARIABLE } from '../../process/process-tree.ts';
import type { SandboxedProgram } from '../../sandbox/bubblewrap.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/**
 * What of the host a call of git sees that reads or writes what an agent wrote, where the host has a sandbox: besides programs,
 * what is listed here. It has no network. Paths are absolute.
 */
export interface GitBox {
  sandbox: Sandbox;
  /** folders */
  writable: readonly string[];
  /** files and folders */
  readable: readonly string[];
  /** folders in these that are empty for it */
  hidden?: readonly string[];
}

/** Git was not run, since its sandbox could not be made: that says nothing of what it was to look at. */
export class BoxError extends Error {
  override name = 'BoxError';
}

/** A call of git as it is started. */
export interface StartedCall {
  program: Program;
  /** what it is told at descriptor 3, in a sandbox */
  options?: string;
}

export function boxed(box: GitBox, call: SandboxedProgram): StartedCall {
  const { sandbox, writable, readable, hidden = [] } = box;
  if (sandbox.kind === 'none') return { program: { ...call, env: { ...call.env } } };
  const config = call.env.GIT_CONFIG_GLOBAL;
  const { options, ...program } = sandbox.confine(
    call,
    {
      writable,
      readable: config === undefined ? readable : [...readable, config],
      hidden,
      network: 'none',
      bare: true,
    },
    { tells: false },
  );
  const env = { [RUN_ID_VARIABLE]: call.env[RUN_ID_VARIABLE] ?? '' };
  return { program: { ...program, cwd: '/', env }, options };
}

/** @throws BoxError where what was said on stderr is that there was no sandbox */
export function requireBox({ sandbox }: GitBox, stderr: string): void {
  const why = sandbox.kind === 'none' ? undefined : /^bwrap: (.*)/.exec(stderr)?.[1];
  if (why !== undefined)
    throw new BoxError(`The sandbox could not be made, so that git was not run: ${why}.`);
}
