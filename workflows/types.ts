import type { DependencyResult } from '../contracts/artifact.ts';
import type { TaskInput } from '../contracts/attempt.ts';
import type { AnsweredRequest, CommandAnswer } from '../contracts/command.ts';
import type { FieldIssue } from '../contracts/error.ts';
import type { JobEvent } from '../contracts/event.ts';
import type { KeptPlan, Task } from '../contracts/plan.ts';
import type { JobSpec } from '../contracts/spec.ts';
import type { JobStatus } from '../contracts/status.ts';
import type { BudgetView, Stats } from '../contracts/view.ts';
import type { JobState } from '../core/state/job-state.ts';
import type { LeanInput, LeanSettlement } from '../core/state/lean.ts';

/** What `jobWorkflow` is started with. */
export interface JobInput {
  job_id: string;
  owner: string;
  /** who submitted it, as the journal says; the owner without */
  actor?: string;
  body_hash: string;
  created_at: string;
  /** null once `state` carries it */
  spec: JobSpec | null;
  settings?: Partial<JobSettings>;
  /** set by continue-as-new only */
  state?: JobState;
  /** the same, where it is too large to travel: the hashes of its parts */
  state_refs?: string[];
  /** set by a run that was reset: the hashes of what it goes on from */
  recovery_refs?: string[];
}

/** `jobWorkflow`, for those who start it or go on in it. */
export type JobWorkflow = (input: JobInput) => Promise<JobEnd>;

/** What `jobWorkflow` gives once the job has closed. */
export interface JobEnd {
  job_id: string;
  status: string;
}

/** `taskWorkflow`, for those who start it or go on in it; inputs of earlier versions are whole. */
export type TaskWorkflow = (input: LeanInput | TaskInput) => Promise<LeanSettlement>;

/** Knobs of a job's workflow; every one has a default. */
export interface JobSettings {
  /**
   * events of history after which the job continues as new: so few that a worker replays them in far less than the
   * 10 s that Temporal gives a workflow task, also where it is busy
   */
  continue_after_events: number;
  /** heartbeat time-out of working activities, in seconds */
  heartbeat_seconds: number;
  /** how often tasks from before a continue-as-new are looked after, in seconds */
  adopted_check_seconds: number;
  /** how long an activity may wait for its host before the host is looked after, in seconds */
  host_wait_seconds: number;
}

export const DEFAULT_SETTINGS: JobSettings = {
  continue_after_events: 3000,
  heartbeat_seconds: 10,
  adopted_check_seconds: 30,
  host_wait_seconds: 300,
};

/** The memo of a job's workflow: what a list of jobs shows. */
export interface JobMemo {
  title: string;
  owner: string;
  /** who submitted it, as the journal says; the owner without */
  actor?: string;
  body_hash: string;
  created_at: string;
  status: string;
  stats: Stats;
  budget: BudgetView;
}

/** Answer of the query `events`. Empty with `first_seq` after what was asked for: read the database. */
export interface EventsPage {
  /** the oldest event that the workflow still holds; last_seq + 1 when it holds none */
  first_seq: number;
  last_seq: number;
  events: JobEvent[];
  /** the last event has been said */
  closed: boolean;
}

/** Answer of the query `plan`. */
export interface PlanAnswer {
  plan: KeptPlan | null;
  /** versions that can be asked for */
  versions: number[];
  /** whether the current version was checked against the roster, and what keeps it from being approved */
  checked: boolean;
  problems: FieldIssue[];
}

/** Answer of the update `planned`: what who submitted a job is told. */
export interface PlannedAnswer {
  status: JobStatus;
  /** the latest event then; left out by workers of earlier versions */
  seq?: number;
  warnings: string[];
  /** null where there is none, and for one that is too large to stand in the history once more: ask for it */
  plan: KeptPlan | null;
}

/** Answer of the query `task_input`: what the task is given when it starts. */
export interface TaskInputAnswer {
  /** what the job was submitted with */
  job: Pick<JobSpec, 'title' | 'description' | 'constraints' | 'context'>;
  task: Task;
  dependencies: DependencyResult[];
}

/** What a task is told about money that it asked for. */
export interface LeaseAnswer {
  lease_id: string;
  granted: boolean;
  /** which of the amounts asked for, where it was granted */
  amount_usd?: number;
  reason?: string;
}

/** What a task is told about a message that its agent sent. */
export interface PostAnswer {
  post_id: string;
  /** why it was not sent; null: it was */
  refused: string | null;
}

/** Answer of every command sent as an update. */
export interface UpdateAnswer extends CommandAnswer {
  /** of the request that this answer was first given to */
  body_hash?: string;
  /** how the job stood when it was first given, as of the latest event */
  now?: AnsweredRequest['now'];
}
