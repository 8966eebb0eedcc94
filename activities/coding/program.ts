import { realpathSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { givenUmask } from '../../config/private.ts';
import type { Program } from '../process/launch.ts';
import { RUN_ID_VARIABLE } from '../process/process-tree.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { SandboxView } from '../sandbox/view.ts';

/** A coding assistant's program, and everything that it may reach. */
export interface AssistantProgram {
  /** absolute */
  path: string;
  args: readonly string[];
  /** where it works */
  cwd: string;
  /** its private HOME */
  home: string;
  /** in a sandbox, its `/tmp` */
  tmp: string;
  /** where files become artifacts */
  artifacts: string;
  /** files outside of these that it reads */
  readable: readonly string[];
  /** folders that it finds empty, in a sandbox */
  hidden: readonly string[];
  /** files of a login outside of these, which it may write */
  logins: readonly string[];
  /** all of its environment */
  env: Record<string, string>;
  mark_value: number | undefined;
  sandbox: Sandbox;
  /** of programs that the task starts */
  view: SandboxView;
}

/** What is started for a coding assistant: the one place where that is made. `options`: what it is told at descriptor 3, in a sandbox. */
export function assistantProgram(assistant: AssistantProgram): { program: Program; options?: string } {
  const { path, args, cwd, env, mark_value, sandbox, view } = assistant;
  const umask = givenUmask();
  if (sandbox.kind === 'none') return { program: { program: path, args, cwd, env, mark_value, umask } };
  const { home, tmp, artifacts, readable, hidden, logins } = assistant;
  const confined = sandbox.confine(
    { program: path, args, cwd, env },
    {
      writable: [...view.writable, artifacts, ...logins],
      hidden: [...view.hidden, ...hidden],
      readable: [...view.readable, ...readable, path, installOf(path)],
      network: sandbox.networkOf(view.network, { planned: false }),
      tmp,
      home,
    },
    { tells: false },
  );
  const own = { [RUN_ID_VARIABLE]: env[RUN_ID_VARIABLE] ?? '' };
  const program = { program: confined.program, args: confined.args, cwd: '/', env: own, mark_value, umask };
  return { program, options: confined.options };
}

const MODULES = `${sep}node_modules${sep}`;

/** The folder that a program was installed into: with npm, the one of all packages. */
function installOf(path: string): string {
  const real = realpathSync(path);
  const at = real.indexOf(MODULES);
  return at === -1 ? dirname(real) : real.slice(0, at + MODULES.length - 1);
}
