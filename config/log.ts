import { pino } from 'pino';
import pretty from 'pino-pretty';
import { type Env, envOneOf } from './env.ts';

/** A logger of one process; `log.child({ job_id, task_id })` says what a line is about. */
export type Log = pino.Logger;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Fields that never reach the log, whoever passes them. */
const SECRET_FIELDS = ['authorization', 'api_key', 'apiKey', 'token', 'password', 'secret'];

/**
 * A log of JSON lines appended to `file` (a line a write, so that several processes can share it), and readable
 * text on `terminal` when one is given.
 * @param component which process speaks: `api`, `worker`, `launcher`
 */
export function createLog(
  options: { component: string; file?: string; terminal?: NodeJS.WritableStream & { isTTY?: boolean } },
  env: Env = process.env,
): Log {
  const level = envOneOf('LOG_LEVEL', LEVELS, env);
  // a stream has a level of its own, `info` unless told; the logger's decides here
  const streams: pino.StreamEntry[] = [];
  if (options.file !== undefined) {
    streams.push({
      level: 'trace',
      stream: pino.destination({ dest: options.file, append: true, mkdir: true, sync: true }),
    });
  }
  if (options.terminal !== undefined) {
    const stream = pretty({
      destination: options.terminal,
      colorize: options.terminal.isTTY === true,
      ignore: 'pid,hostname,component',
      messageFormat: '[{component}] {msg}',
      sync: true,
    });
    streams.push({ level: 'trace', stream });
  }
  return pino(
    {
      level,
      base: { component: options.component, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
    },
    pino.multistream(streams),
  );
}
