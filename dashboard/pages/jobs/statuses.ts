import type { Schemas } from '../../data/api.ts';

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
