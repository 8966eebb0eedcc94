import type { JobStatus, TaskStatus } from './status.ts';
import type { ApprovalView, BudgetView, JobListItem, TeamView } from './view.ts';

/** Stretches of a job that are timed: the label `phase` of `orchestrator_latency_seconds`, and the spans of its trace. */
export const PHASES = [
  'job',
  'plan',
  'approval_wait',
  'dispatch',
  'queue_wait',
  'run',
  'synthesis',
  'verify',
] as const;
export type Phase = (typeof PHASES)[number];

/** How a phase ended; `cut`: its job ended first. */
export type PhaseOutcome = 'done' | 'completed' | 'failed' | 'blocked' | 'cancelled' | 'rejected' | 'cut';

/** A phase that has ended. */
export interface EndedPhase {
  /** the event that ended it */
  seq: number;
  phase: Phase;
  /** which one of its kind, from 1; of `run`: which start of the task */
  round: number;
  /** the round of `dispatch` that it happened in; 0: none */
  dispatch: number;
  task_id?: string;
  began_at: string;
  ended_at: string;
  outcome: PhaseOutcome;
}

/** A phase under way. */
export type OpenPhase = Pick<EndedPhase, 'phase' | 'round' | 'dispatch' | 'task_id' | 'began_at'>;

/** What is timed of a job: plain JSON, in its state. */
export interface PhaseClock {
  /** by a key that tells them apart */
  open: Record<string, OpenPhase>;
  /** how many there were of each kind */
  rounds: Partial<Record<Phase, number>>;
  /** ended, and not yet told to the database */
  ended: EndedPhase[];
}

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

/** Where in its job's trace something is done: under which phase, of `run` under which start of which task. */
export type TracePlace = Pick<EndedPhase, 'phase' | 'round' | 'task_id'>;
