import { CommanderError } from 'commander';
import { ApiError, UnreachableError } from '../client/errors.ts';
import { EnvError } from '../config/env.ts';
import { type FieldIssue, ProblemError } from '../contracts/error.ts';
import { CLI } from './called.ts';

/** Exit codes, as `--help` tells them. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  not_found: 3,
  conflict: 4,
  unreachable: 5,
  not_completed: 6,
  person_needed: 7,
} as const;

/** Text of `--help` about exit codes. */
export const EXIT_HELP = `Exit codes:
  0  done            3  not found       5  the service can't be reached
  1  error           4  conflict        6  the job ended, but not completed
  2  wrong usage or input           7  the job waits for a person`;

/** A mistake to be told without a stack trace. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: number;
  readonly code: string;
  constructor(message: string, exit: number = EXIT.error, code = 'error') {
    super(message);
    this.exit = exit;
    this.code = code;
  }
}

/** A mistake in what was given, and where it stands if that was a file. */
export interface FieldFailure extends FieldIssue {
  file?: string;
  /** from 1 on, as `column` */
  line?: number;
  column?: number;
}

/** A file, or what came on stdin, that is not valid. */
export class InvalidInput extends CliError {
  readonly fields: FieldFailure[];
  constructor(message: string, fields: FieldFailure[]) {
    super(message, EXIT.usage, 'validation');
    this.fields = fields;
  }
}

/** A wrong argument, or a file that can't be used. */
export const usageError = (message: string): CliError => new CliError(message, EXIT.usage, 'usage');

/** How the program ends after an error: code, message and every field that is wrong. */
export interface Failure {
  exit: number;
  code: string;
  message: string;
  fields: FieldFailure[];
  /** what to do next */
  advice?: string;
}

/** Turns whatever was thrown into an exit code and words; undefined for what nobody foresaw. */
export function failureOf(error: unknown, url: string): Failure | undefined {
  if (error instanceof ApiError) {
    const { code, message, fields, status } = error;
    return { exit: exitOfStatus(status), code, message, fields, advice: adviceFor(status) };
  }
  if (error instanceof UnreachableError) {
    const message = `The API does not answer at ${url}: ${error.message}.`;
    return { exit: EXIT.unreachable, code: 'unreachable', message, fields: [], advice: NOT_REACHED };
  }
  if (error instanceof CliError) {
    const fields = error instanceof InvalidInput ? error.fields : [];
    return { exit: error.exit, code: error.code, message: error.message, fields };
  }
  if (error instanceof ProblemError) {
    const { code, message } = error.problem;
    return {
      exit: code === 'validation' ? EXIT.usage : EXIT.error,
      code,
      message: withoutFields(message),
      fields: error.problem.fields ?? [],
    };
  }
  if (error instanceof EnvError) {
    return { exit: EXIT.usage, code: 'environment', message: error.message, fields: [] };
  }
  if (error instanceof CommanderError) {
    return { exit: EXIT.usage, code: 'usage', message: error.message.replace(/^error: /, ''), fields: [] };
  }
  return undefined;
}

/** The mistakes of a configuration stand below its message for those that print only that; here they are fields. */
const withoutFields = (message: string): string => message.split(':\n  ')[0]!;

const NOT_REACHED = `Start it with \`npm start\` in the checkout, or say where it is with --url or ORCHESTRATOR_URL. \`${CLI} doctor\` checks the rest.`;

function exitOfStatus(status: number): number {
  if (status === 404 || status === 410) return EXIT.not_found;
  if (status === 409) return EXIT.conflict;
  if (status >= 502) return EXIT.unreachable;
  if (status === 401 || status === 403 || status === 429 || status >= 500) return EXIT.error;
  return EXIT.usage;
}

function adviceFor(status: number): string | undefined {
  if (status === 401) return `Put a key into ORCHESTRATOR_API_KEY; \`${CLI} keys create\` makes one.`;
  if (status === 403) return `Use a key of that role; \`${CLI} keys create --role ...\` makes one.`;
  if (status === 503) return `Try again in a moment; \`${CLI} doctor\` says what is missing.`;
  return undefined;
}
