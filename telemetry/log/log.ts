import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { type Env, envNumber, envOneOf } from '../../config/env.ts';
import { traceIdOf } from '../ids.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import { logRedactor, SECRET_FIELDS } from './log-secrets.ts';

/** A logger of one process; `log.child({ job_id, task_id })` says what a line is about. */
export type Log = pino.Logger;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * A log of JSON lines appended to `file`, which several processes can share and which is rotated when it is full,
 * and readable text on `terminal` when one is given. Lines about a job have the id of its trace. Secrets become `***`.
 * @param component which process speaks: `api`, `worker`, `launcher`
 */
export function createLog(
  options: { component: string; file?: string; terminal?: NodeJS.WritableStream & { isTTY?: boolean } },
  env: Env = process.env,
): Log {
  const level = envOneOf('LOG_LEVEL', LEVELS, env);
  // a stream has a level of its own, `info` unless told; the logger's decides here
  const streams: pino.StreamEntry[] = [];
  const redact = logRedactor(env);
  const clean = (to: LogFile): LogFile => ({ write: (line) => to.write(withTrace(redact(line))) });
  if (options.file !== undefined) {
    streams.push({ level: 'trace', stream: clean(logFile(options.file, env)) });
  }
  if (options.terminal !== undefined) {
    const { terminal } = options;
    // the function and not the stream, which would be closed for good by one write that failed
    const readable = prettyFactory({
      colorize: terminal.isTTY === true,
      ignore: 'pid,hostname,component',
      messageFormat: '[{component}] {msg}',
    });
    streams.push({ level: 'trace', stream: clean({ write: (line) => void terminal.write(readable(line)) }) });
  }
  return pino(
    {
      level,
      base: { component: options.component, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]),
    },
    pino.multistream(streams),
  );
}

/** The file that the processes of a data folder share, of the size that the environment says. Throws an EnvError. */
export function logFile(path: string, env: Env = process.env): LogFile {
  const max_bytes = envNumber('LOG_FILE_MAX_MB', { min: 1 }, env) * 1024 * 1024;
  return openLogFile(path, { max_bytes, keep: envNumber('LOG_FILES_KEPT', { min: 1, max: 100 }, env) });
}

/** Puts the id of its job's trace into a line: pino formats what a child logger is bound to only once, before. */
const withTrace = (line: string): string =>
  line.replace(/"job_id":"([^"\\]+)"/, (field, job_id) => `${field},"trace_id":"${traceIdOf(job_id)}"`);
