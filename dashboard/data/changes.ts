import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { JobEvent } from '../../contracts/event.ts';
import { api, jsonOf, type Schemas } from './api.ts';
import { fetchFile } from './download.ts';
import { useJobEvents } from './live-job.ts';

/** What is looked at: a job's branch, or the work of one of its tasks; as it was at a commit. */
export interface Shown {
  job_id: string;
  /** null: the whole job */
  task_id: string | null;
  /** the diff up to a commit never changes */
  head_sha: string;
}

/** The files that differ; those up to the commit before while a newer one's are read. */
export function useDiffStat({ job_id, task_id, head_sha }: Shown) {
  return useQuery({
    queryKey: ['diff', job_id, task_id, head_sha, 'stat'],
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    queryFn: async (): Promise<Schemas['DiffStat']> => {
      const query = { format: 'json' } as const;
      return task_id === null
        ? await jsonOf(api.GET('/orchestrate/{job_id}/diff', { params: { path: { job_id }, query } }))
        : await jsonOf(
            api.GET('/orchestrate/{job_id}/task/{task_id}/diff', {
              params: { path: { job_id, task_id }, query },
            }),
          );
    },
  });
}

/** The whole patch, up to 20 MB, once the lines of some file are asked for. */
export function usePatch({ job_id, task_id, head_sha }: Shown, enabled: boolean) {
  return useQuery({
    queryKey: ['diff', job_id, task_id, head_sha, 'patch'],
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => readPatch(job_id, task_id).then((patch) => patch.text()),
  });
}

/** The whole patch as a file. Throws an ApiError. */
export async function readPatch(job_id: string, task_id: string | null): Promise<Blob> {
  const task = task_id === null ? '' : `/task/${encodeURIComponent(task_id)}`;
  return await fetchFile(`/orchestrate/${encodeURIComponent(job_id)}${task}/diff?format=patch`);
}

/** A text that an event names by its hash, from its end where it is long. */
export interface PrintedText {
  text: string;
  /** it is not the whole */
  cut: boolean;
}

/** Bytes of a log that are shown. */
const PRINTED_BYTES = 200_000;

/** What a check printed, or the places of a conflict. It never changes. */
export function usePrinted(job_id: string, sha256: string, enabled: boolean) {
  return useQuery({
    queryKey: ['printed', job_id, sha256],
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async (): Promise<PrintedText> => {
      const path = `/orchestrate/${encodeURIComponent(job_id)}/texts/${encodeURIComponent(sha256)}`;
      const blob = await fetchFile(path, { Range: `bytes=-${PRINTED_BYTES}` });
      return { text: await blob.text(), cut: blob.size >= PRINTED_BYTES };
    },
  });
}

/** How a run of the check failed, as an event says it. */
export interface FailedCheck {
  seq: number;
  /** of work that was taken back */
  task_id: string | null;
  attempt: number | null;
  /** in words: `exit code 1` */
  how: string;
  log_ref: string | null;
}

/** Every time that work was taken back, the latest first. */
export const useTakenBack = (job_id: string): FailedCheck[] =>
  failedChecks(useJobEvents(job_id), ({ type }) => type === 'merge.taken_back');

/** How the check failed on the base; undefined where it did not. */
export const useFailedBase = (job_id: string): FailedCheck | undefined =>
  failedChecks(
    useJobEvents(job_id),
    ({ type, data }) => type === 'repository.base_checked' && data.passed === false,
  )[0];

function failedChecks(events: readonly JobEvent[], wanted: (event: JobEvent) => boolean): FailedCheck[] {
  return events
    .filter(wanted)
    .map(({ seq, task_id, attempt, data }) => ({
      seq,
      task_id: task_id ?? null,
      attempt: attempt ?? null,
      how: typeof data.how === 'string' ? data.how : 'failed',
      log_ref: typeof data.log_ref === 'string' ? data.log_ref : null,
    }))
    .reverse();
}
