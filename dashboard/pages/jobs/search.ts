import type { Schemas } from '../../data/api.ts';

type Line = Schemas['JobListItem'];

/** Every status of a job, open ones first. */
export const JOB_STATUSES: readonly Schemas['JobStatus'][] = [
  'needs_review',
  'awaiting_approval',
  'running',
  'paused',
  'planning',
  'synthesizing',
  'verifying',
  'completed',
  'failed',
  'rejected',
  'cancelled',
];

/** Whether each word that is searched for is in the job's title, id, owner or status. */
export function matches(job: Line, search: string): boolean {
  const text = `${job.title} ${job.job_id} ${job.owner} ${job.status}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
