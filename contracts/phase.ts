/** Stretches of a job that are timed: the label `phase` of `orchestrator_latency_seconds`, and the spans of its trace. */
export const PHASES = [
  'job',
  'plan',
  'approval_wait',
  'dispatch',
  'queue_wait',
  'run',
  'merge',
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

/** Where in its job's trace something is done: under which phase, of `run` under which start of which task. */
export type TracePlace = Pick<EndedPhase, 'phase' | 'round' | 'task_id'>;
