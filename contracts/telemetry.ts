import type { JobStatus, TaskStatus } from './status.ts';
import type { ApprovalView, BudgetView, JobListItem, TeamView } from './view.ts';

/** A live job in numbers, for the gauges and the list of jobs. */
export interface LiveJob {
  status: JobStatus;
  tasks: Partial<Record<TaskStatus, number>>;
  /** what waits for a person, by kind */
  approvals: Partial<Record<ApprovalView['kind'], number>>;
  /** tasks that wait for a rate limit of a provider */
  parked: number;
}

/** What of a job is told to the database with its events; what is left out is as it was told before. */
export interface LiveNews extends LiveJob {
  budget?: BudgetView;
  team?: TeamView;
  finished_at?: string;
  /** why it failed, or waits in review; left out: it does neither */
  reason?: string;
  /** the event that it is true of; left out: the last one that it comes with */
  seq?: number;
}

/** What the list of jobs says of a job from its beginning. */
export type JobHead = Pick<JobListItem, 'title' | 'created_at' | 'origin' | 'strategy'>;

/** By how much a counter grows. Label values come from small sets: never an id, never what somebody typed. */
export interface Count {
  name: string;
  labels: Record<string, string>;
  value: number;
}
