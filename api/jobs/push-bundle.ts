import { Readable } from 'node:stream';
import { ProblemError } from '../../contracts/error.ts';
import type { JobView } from '../../contracts/view.ts';
import type { ApiDeps } from '../deps.ts';
import { noSuchJob } from './find-job.ts';

/** Gives the attempt that work is for. Throws where nobody can hand in any: `not_found`, or `conflict` with how it stands. */
export function checkTakesWork(
  { job_id, repository, tasks, finished_at, status }: JobView,
  task_id: string,
): number {
  if (!repository) refuse('not_found', `The job '${job_id}' works in no repository.`);
  const task = tasks.find((one) => one.task_id === task_id);
  if (!task) refuse('not_found', `There is no task '${task_id}' in this job.`);
  if (finished_at !== null) refuse('conflict', `The job is ${status}; it takes no work any more.`);
  const merge = task.repository?.merge ?? 'none';
  if (OPEN.includes(task.status) && TAKEN.includes(merge)) {
    refuse('conflict', `The work of the task '${task_id}' was taken and is ${merge}; it takes none besides.`);
  }
  const waits = task.status === 'blocked' && task.reason === 'waiting_for_person';
  if (waits || (task.repository && OPEN.includes(task.status))) return task.attempt;
  const why = OPEN.includes(task.status) ? 'has not started in the repository yet' : `is ${task.status}`;
  refuse('conflict', `The task '${task_id}' ${why}; it takes no work now.`);
}

/**
 * Stores a bundle of git for a task, in the place of an earlier one. Only its head is looked at here: what is in it is
 * checked where it is merged.
 * @param body null: there is none
 * @throws ProblemError `too_large`, or `validation` for what is no bundle
 */
export async function pushBundle(
  { store }: Pick<ApiDeps, 'store'>,
  to: { job_id: string; task_id: string; actor: string; attempt: number },
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<{ task_id: string; sha256: string; size_bytes: number }> {
  const { job_id, task_id, actor, attempt } = to;
  if (body === null) refuse('validation', NO_BUNDLE);
  const source = Readable.from(checked(body, limit), { objectMode: false });
  const { sha256, size_bytes } = await store.putContent({ job_id, source });
  if (!(await store.putPushed({ job_id, task_id, sha256, size_bytes, actor, attempt }))) {
    await store.dropContents(job_id);
    noSuchJob(job_id);
  }
  return { task_id, sha256, size_bytes };
}

/** How work stands that is on its way: what comes now would never be looked at. */
const TAKEN: readonly string[] = ['queued', 'merging', 'checking', 'landed'];

/** Statuses of tasks that may still get work. */
const OPEN: readonly string[] = ['running', 'blocked', 'failed'];

const HEADS = ['# v2 git bundle\n', '# v3 git bundle\n'].map((head) => Buffer.from(head));
const HEAD_BYTES = HEADS[0]!.length;
const NO_BUNDLE =
  'The body is no bundle of git: make one with `git bundle create work.bundle BASE..BRANCH`, or use `orchestrator push`.';

/** What comes in, as long as it begins like a bundle and is within the limit. */
async function* checked(body: ReadableStream<Uint8Array>, limit: number): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) refuse('too_large', `The bundle is larger than ${limit} bytes.`);
    if (head === null) {
      yield Buffer.from(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    if (!HEADS.some((known) => known.equals(head!.subarray(0, HEAD_BYTES)))) refuse('validation', NO_BUNDLE);
    yield head;
    head = null;
  }
  if (head !== null) refuse('validation', NO_BUNDLE);
}

function refuse(code: 'not_found' | 'conflict' | 'validation' | 'too_large', message: string): never {
  throw new ProblemError({ code, message });
}
