import { statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { isExecutable } from '../../config/find-program.ts';
import type { Program } from '../process/launch.ts';
import { type Pipe, pipeFromProgram, pipeToProgram } from '../process/pipes.ts';
import { RUN_ID_VARIABLE } from '../process/process-tree.ts';
import type { Descriptor } from '../process/spawn.ts';
import type { SandboxedProgram } from '../sandbox/bubblewrap.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { RunView } from '../sandbox/view.ts';
import { CommandStartError, toStartError } from './errors.ts';

/** A command as it is started in a sandbox. */
export interface Box {
  program: Program;
  /** from 3 on */
  descriptors: Descriptor[];
  /** Call it once it was started. Whether the command itself was begun, at its end. */
  begun(): Promise<boolean>;
}

/** Puts a command into a sandbox: what starts it is told how by pipes. */
export async function inSandbox(
  { sandbox, view }: { sandbox: Sandbox; view: RunView },
  command: SandboxedProgram,
  open: (kind: typeof pipeFromProgram) => Promise<Pipe>,
): Promise<Box> {
  const { program, args, options } = sandbox.confine(command, view, { tells: true });
  const told = await open(pipeToProgram);
  const status = await open(pipeFromProgram);
  // the sandbox is made outside of it: nothing of the command's environment has a say in that
  const env = { [RUN_ID_VARIABLE]: command.env[RUN_ID_VARIABLE] ?? '' };
  return {
    program: { program, args, cwd: '/', env },
    descriptors: [told.theirs, status.theirs],
    async begun() {
      told.ours.on('error', () => {}); // it ended before it had read all of it
      told.ours.end(options);
      return (await text(status.ours)).includes('"exit-code"');
    },
  };
}

/**
 * Finds what the system would not find: in a sandbox it would be looked for too late.
 * @throws CommandStartError
 */
export function requireProgram(
  program: string,
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
): void {
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : (env.PATH ?? '').split(delimiter).map((folder) => resolve(cwd, folder, program));
  let found: string[];
  try {
    found = places.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  } catch (error) {
    throw toStartError(program, error);
  }
  if (found.some(isExecutable)) return;
  throw toStartError(program, Object.assign(new Error(), { code: found.length > 0 ? 'EACCES' : 'ENOENT' }));
}

/** What the command is not begun for, by what was said on stderr. */
export function sandboxProblem(command: string | string[], said: string): CommandStartError {
  const program = typeof command === 'string' ? command : command[0]!;
  const why = /^bwrap: (.*)$/m.exec(said)?.[1] ?? said.trim();
  if (/^execvp .*: Argument list too long$/.test(why)) {
    return toStartError(program, Object.assign(new Error(), { code: 'E2BIG' }));
  }
  if (why.startsWith('execvp ')) return new CommandStartError('command_not_found', notSeen(program));
  return new CommandStartError(
    'sandbox_failed',
    `The sandbox could not be made, so that nothing was run: ${why || 'it did not say why'}.`,
  );
}

const notSeen = (program: string): string =>
  `The program "${program}" can't be run in the sandbox: it, or the interpreter in its first line, lies in a folder that the sandbox does not show. Name that folder in sandbox.readable of the configuration.`;
