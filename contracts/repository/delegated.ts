import type { RepositoryPoint } from './point.ts';

/** Where a job begins that a task of another one had planned: at what that task had done by then. */
export interface DelegatedBase {
  /** of the job of that task, as the task knows it */
  at: RepositoryPoint;
  task_id: string;
  /** the commit */
  head_sha: string;
  /** hash of a bundle of it, above what the task started from; null: the task had changed nothing */
  bundle_ref: string | null;
  /** where the clone of the task is */
  host_id: string;
}

/** What a job did that has ended is to come into the clone of the task that had it planned. */
export interface BringInInput {
  /** of the job of that task, as the task knows it */
  at: RepositoryPoint;
  task_id: string;
  title: string;
  attempt: number;
  agent: string;
  /** what the task started from */
  from_sha: string;
  /** ISO time that becomes the dates of commits, so that a repetition makes the same */
  committed_at: string;
  delegated_job_id: string;
  lock_command: string | null;
  no_commands?: true;
}

/** What became of it. */
export type BroughtIn =
  /** nothing had landed there */
  | { status: 'nothing' }
  /** the clone is at this commit now, which has all of it */
  | { status: 'brought'; head_sha: string; log: CommitLog }
  /** it does not merge with what has changed in the clone since, which is as it was */
  | { status: 'conflict'; head_sha: string; log: CommitLog; files: string[]; hunks_ref: string }
  /** it could not be brought there, for the reason that is told */
  | { status: 'failed'; message: string };

/** The commits of a job, merges left out: the latest of them, a line each, and how many there are. */
export interface CommitLog {
  lines: string[];
  count: number;
}
