import { z } from 'zod';
import { TASK_STATUSES } from './task-statuses.ts';

/** What a job is doing. `needs_review`: nothing else in it can run and a person is needed. */
export const JobStatus = z
  .enum([
    'planning',
    'awaiting_approval',
    'running',
    'paused',
    'needs_review',
    'synthesizing',
    'verifying',
    'completed',
    'failed',
    'rejected',
    'cancelled',
  ])
  .meta({ id: 'JobStatus' });
export type JobStatus = z.infer<typeof JobStatus>;

/** Job statuses after which nothing changes any more. */
export const CLOSED_JOB_STATUSES: readonly JobStatus[] = ['completed', 'failed', 'rejected', 'cancelled'];

/** Whether a job of this status has ended for good. */
export const isClosed = (status: JobStatus): boolean => CLOSED_JOB_STATUSES.includes(status);

/** What a task is doing. `blocked` carries a {@link BlockedReason}. */
export const TaskStatus = z.enum(TASK_STATUSES).meta({ id: 'TaskStatus' });
export type TaskStatus = z.infer<typeof TaskStatus>;

/** Why a task is blocked. */
export const BlockedReason = z
  .enum([
    'no_agent',
    'no_provider',
    'budget_exhausted',
    'host_lost',
    'waiting_for_person',
    'approval_expired',
    'rate_limited',
  ])
  .meta({ id: 'BlockedReason' });
export type BlockedReason = z.infer<typeof BlockedReason>;

/** Why a task was skipped. */
export const SkipReason = z
  .enum(['by_person', 'rejected', 'dependency_failed', 'dependency_rejected'])
  .meta({ id: 'SkipReason' });
export type SkipReason = z.infer<typeof SkipReason>;
