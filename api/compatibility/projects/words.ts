import { z } from 'zod';
import type { EventType } from '../../../contracts/event.ts';
import type { JobStatus } from '../../../contracts/status.ts';

/** Status words of a project. */
export const ProjectStatus = z
  .enum(['planning', 'running', 'paused', 'completed', 'failed'])
  .meta({ id: 'ProjectStatus' });
export type ProjectStatus = z.infer<typeof ProjectStatus>;

const OF_JOB: Record<JobStatus, ProjectStatus> = {
  planning: 'planning',
  awaiting_approval: 'planning',
  running: 'running',
  paused: 'paused',
  needs_review: 'paused',
  synthesizing: 'running',
  verifying: 'running',
  completed: 'completed',
  failed: 'failed',
  rejected: 'failed',
  cancelled: 'failed',
};

/** A job's status as that of a project. */
export const projectStatus = (status: JobStatus): ProjectStatus => OF_JOB[status];

/** Every status of a job that is told by this word. */
export const jobStatuses = (word: ProjectStatus): JobStatus[] =>
  (Object.keys(OF_JOB) as JobStatus[]).filter((status) => OF_JOB[status] === word);

/** The status that a job has from an event on; null for events that leave it as it is. */
export function statusAfter(type: EventType): JobStatus | null {
  // versions of the plan are approved all along
  if (!type.startsWith('job.') || type === 'job.submitted' || type === 'job.approved') return null;
  const word = type === 'job.resumed' ? 'job.running' : type;
  return word.slice('job.'.length) as JobStatus;
}
