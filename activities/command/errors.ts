import { isShortage } from '../../config/shortage.ts';

/** Why a command could not be started; `command_start_failed` is everything that has no name of its own. */
export type CommandStartCode =
  | 'cwd_missing'
  | 'command_empty'
  | 'command_not_found'
  | 'command_not_executable'
  | 'cwd_not_in_sandbox'
  | 'sandbox_failed'
  | 'sandbox_unavailable'
  | 'arguments_too_long'
  | 'command_start_failed';

/** The command never ran. The message says what is wrong and what to do, and is fit to show to a user. */
export class CommandStartError extends Error {
  override readonly name = 'CommandStartError';
  readonly code: CommandStartCode;

  constructor(code: CommandStartCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Whether the same command may well be started later: the machine was short of something, or its sandbox could not be made, on a host
 * that has shown that it can have them.
 */
export const isPassing = (error: CommandStartError): boolean =>
  error.code === 'sandbox_failed' || isShortage(error);

/** The command ran and was killed, because its output could not be written to disk. */
export class CommandOutputError extends Error {
  override readonly name = 'CommandOutputError';
  readonly code = 'command_output_failed';
}

/** The command ran, and how it ended can't be told. Its processes are killed. */
export class CommandLostError extends Error {
  override readonly name = 'CommandLostError';
  readonly code = 'command_lost';
  constructor() {
    super(
      'The process of the worker that starts commands was killed, so that how this one ended can not be told. What was left of it is ended.',
    );
  }
}

/**
 * Puts the operating system's refusal to start a program into words.
 * @param program the program that was to be started
 * @param cause what spawning threw or emitted
 */
export function toStartError(program: string, cause: unknown): CommandStartError {
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [code, message] = explain(program, errno, cause);
  return new CommandStartError(code, message, { cause });
}

function explain(program: string, errno: string, cause: unknown): [CommandStartCode, string] {
  switch (errno) {
    case 'ENOENT':
      return [
        'command_not_found',
        `The program "${program}" was not found, or the interpreter in its first line was not. Install it where the worker runs, or name it by its path.`,
      ];
    case 'EACCES':
    case 'EPERM':
      return [
        'command_not_executable',
        `The program "${program}" may not be executed by the worker's user. Make it executable (chmod +x), or run it through its interpreter.`,
      ];
    case 'E2BIG':
      return [
        'arguments_too_long',
        `The arguments and the environment of "${program}" are longer than the system allows. Pass large data through a file.`,
      ];
    default:
      return [
        'command_start_failed',
        `The program "${program}" could not be started: ${cause instanceof Error ? cause.message : String(cause)}`,
      ];
  }
}
