import { z } from 'zod';
import type { JobStatus, TaskStatus } from '../../../contracts/status.ts';

/** Status words of a plan. */
export const PlanStatus = z
  .enum(['planning', 'executing', 'synthesizing', 'completed', 'failed'])
  .meta({ id: 'ChatPlanStatus' });
export type PlanStatus = z.infer<typeof PlanStatus>;

/** Status words of its subtasks. */
export const SubtaskStatus = z
  .enum(['pending', 'running', 'completed', 'failed'])
  .meta({ id: 'ChatSubtaskStatus' });

const OF_JOB: Record<JobStatus, PlanStatus> = {
  planning: 'planning',
  awaiting_approval: 'planning',
  running: 'executing',
  paused: 'executing',
  needs_review: 'failed',
  synthesizing: 'synthesizing',
  verifying: 'synthesizing',
  completed: 'completed',
  failed: 'failed',
  rejected: 'failed',
  cancelled: 'failed',
};

const OF_TASK: Record<TaskStatus, z.infer<typeof SubtaskStatus>> = {
  pending: 'pending',
  awaiting_approval: 'pending',
  running: 'running',
  blocked: 'failed',
  completed: 'completed',
  failed: 'failed',
  skipped: 'failed',
  cancelled: 'failed',
};

/** A job's status as that of a plan. */
export const planStatus = (status: JobStatus): PlanStatus => OF_JOB[status];

/** A task's status as that of a subtask. */
export const subtaskStatus = (status: TaskStatus): z.infer<typeof SubtaskStatus> => OF_TASK[status];

/** Every status of a job that is told by this word. */
export const jobStatuses = (word: PlanStatus): JobStatus[] =>
  (Object.keys(OF_JOB) as JobStatus[]).filter((status) => OF_JOB[status] === word);
