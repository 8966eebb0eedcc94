import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../contracts/artifact.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { readJob } from './find-job.ts';
import { readView } from './view.ts';

/** A line that a command printed. */
export interface LogLine {
  stream: 'stdout' | 'stderr';
  text: string;
}

/** So much of the end of each stream is read. */
const TAIL_BYTES = 1_048_576;
const STREAMS = ['stdout', 'stderr'] as const;

/**
 * The latest lines of an attempt of a command, at most `tail` of each stream: from the attempt's files when they are
 * on this machine (also while it runs), else from the artifacts that it left.
 * @param attempt undefined: the latest
 */
export async function readLogs(
  deps: ApiDeps,
  sees: Sees,
  query: { job_id: string; task_id: string; attempt?: number; tail: number },
): Promise<{ attempt: number; lines: LogLine[]; truncated: boolean }> {
  const { job_id, task_id, tail } = query;
  const view = await readView(deps, sees, job_id);
  const task = view.tasks.find((one) => one.task_id === task_id);
  if (task === undefined) notFound(`task '${task_id}' in this job`);
  const attempt = query.attempt ?? task.attempt;
  if (attempt > task.attempt) notFound(`attempt ${attempt} of this task`);
  const folder = join(deps.work_dir, job_id, '.attempts', task_id, String(attempt));
  const parts = await Promise.all(
    STREAMS.map(async (stream) => {
      const file = await readTail(join(folder, `${stream}.log`));
      const text =
        file ?? (attempt === task.attempt ? await storedTail(deps, sees, job_id, task_id, stream) : null);
      return { stream, ...lastLines(text ?? { text: '', truncated: false }, tail) };
    }),
  );
  return {
    attempt,
    lines: parts.flatMap(({ stream, lines }) => lines.map((text) => ({ stream, text }))),
    truncated: parts.some((part) => part.truncated),
  };
}

interface Tail {
  text: string;
  /** there was more before it */
  truncated: boolean;
}

/** The end of a file; null when it is not here. */
async function readTail(path: string): Promise<Tail | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    return { text: buffer.subarray(0, bytesRead).toString('utf8'), truncated: start > 0 };
  } finally {
    await file.close();
  }
}

async function storedTail(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
  task_id: string,
  stream: LogLine['stream'],
): Promise<Tail | null> {
  const artifacts = await readJob<Artifact[]>(deps, sees, job_id, {
    live: () => deps.gateway.queryJob(job_id, 'artifacts'),
    archive: (job) => job.artifacts,
  });
  const found = artifacts.findLast((one) => one.task_id === task_id && one.name === `${stream}.log`);
  if (found === undefined) return null;
  const start = Math.max(0, found.size_bytes - TAIL_BYTES);
  if (found.size_bytes === 0) return { text: '', truncated: false };
  const chunks: Buffer[] = [];
  for await (const chunk of await deps.store.openContent(found.sha256, { start }))
    chunks.push(Buffer.from(chunk));
  return { text: Buffer.concat(chunks).toString('utf8'), truncated: start > 0 };
}

function lastLines({ text, truncated }: Tail, count: number): { lines: string[]; truncated: boolean } {
  const whole = text.split(/\r?\n/);
  if (whole.at(-1) === '') whole.pop();
  // the first one of a cut text is half a line; a text of one line shows the end of that
  if (truncated && whole.length > 1) whole.shift();
  const lines = whole.flatMap(pieces);
  return { lines: lines.slice(-count), truncated: truncated || lines.length > count };
}

/** A line too long to show, in pieces. */
const pieces = (line: string): string[] => line.match(/[\s\S]{1,8192}/g) ?? [line];
