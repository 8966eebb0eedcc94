import { hasWords } from '../../components/has-words.ts';
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
export const matches = ({ title, job_id, owner, status }: Line, search: string): boolean =>
  hasWords([title, job_id, owner, status], search);
