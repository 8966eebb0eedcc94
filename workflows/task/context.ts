import type { CancellationScope } from '@temporalio/workflow';
import type { HandedIn, TaskInput, TaskOutcome } from '../../contracts/attempt.ts';
import type { Delivery } from '../../contracts/message.ts';
import type { TaskRepository } from '../../contracts/repository/work.ts';
import type { Thread } from '../../contracts/turn.ts';
import type { JobPort } from './job-port.ts';

/** What the parts of a task share: its input, what came by signal, and whether it is to stop. */
export interface Task {
  input: TaskInput;
  job: JobPort;
  /** attempt under way, counted over all starts of the task */
  attempt: number;
  /** the job is paused: nothing new is begun */
  held: boolean;
  cancelled: boolean;
  /** how far its agent has come; null: it starts over */
  thread: Thread | null;
  /** what its agent said in its turns */
  conversation: string | null;
  /** what others wrote to its agent and it has not read, oldest first */
  inbox: Delivery[];
  /** when progress was last journaled, in milliseconds */
  progress_at: number;
  /** a report that the agent is working, not journaled yet */
  held_progress: HeldProgress | null;
  /** its job knows its end only by signal */
  reports: boolean;
  /** the job's repository, and what its next attempt starts from; null: it has none */
  repository: TaskRepository | null;
  /** its agent's work waits to be merged; null: it is at work, or has not begun */
  handed_in: HandedIn | null;
  /** whether its history is so long that the attempt should go on in a new run */
  isLong(): boolean;
  /**
   * Continues the attempt as new, from its thread; nothing of it may be under way. Returns only when the task is to stop.
   */
  continueAsNew(clockMs: number): Promise<void>;
  /** ends the attempt under way; undefined between attempts */
  stop?: () => void;
}

/** What an agent says of its progress. */
export interface Report {
  attempt: number;
  data: Record<string, unknown>;
}

/** A report that an agent is working, which waits for its time. */
export interface HeldProgress extends Report {
  /** ends the wait */
  timer: CancellationScope;
}

/** How one attempt ended. */
export interface AttemptEnd {
  outcome: TaskOutcome;
  agent: string | null;
  worker: string | null;
  /** time that counted against the time-outs, in milliseconds */
  worked_ms: number;
}

/** What an agent made of an attempt. */
export type Work = Omit<AttemptEnd, 'worked_ms'>;
