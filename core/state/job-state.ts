import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { Artifact, LeftOutFile, TaskOutput } from '../../contracts/artifact.ts';
import type { Ask, AskAnswer } from '../../contracts/ask.ts';
import type { AttemptError, HandedIn } from '../../contracts/attempt.ts';
import type { AnsweredRequest } from '../../contracts/command.ts';
import type { FieldIssue } from '../../contracts/error.ts';
import type { JobEvent } from '../../contracts/event.ts';
import type { Delivery } from '../../contracts/message.ts';
import type { Verdict } from '../../contracts/model-call.ts';
import { BOSS_TASK } from '../../contracts/names.ts';
import type { PhaseClock } from '../../contracts/phase.ts';
import type { KeptPlan, Plan, Task } from '../../contracts/plan.ts';
import type { SandboxKind } from '../../contracts/sandbox.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import type { BlockedReason, JobStatus, SkipReason, TaskStatus } from '../../contracts/status.ts';
import type { Thread } from '../../contracts/turn.ts';
import type { ShownError, StatusEntry } from '../../contracts/view.ts';
import type { RepositoryState, TaskWork } from '../repository/state.ts';

/**
 * The whole state of a job: plain JSON, carried along when the job continues as new. The functions of core
 * change only the state that they are given and return the events to be journaled; time is an argument.
 */
export interface JobState {
  job_id: string;
  owner: string;
  body_hash: string;
  created_at: string;
  finished_at: string | null;
  /** without its `plan`, once that is in `plan` */
  spec: JobSpec;
  /** where the story is; the status shown follows from it */
  phase: Phase;
  paused: boolean;
  /** nothing else can run and a person is needed, and why */
  review: ShownError | null;
  cancel_requested: boolean;
  /** set as soon as the end is certain; running tasks are stopped first */
  ending: Ending | null;
  plan: Plan | null;
  /** earlier versions, the latest {@link KEPT_VERSIONS} */
  old_plans: KeptPlan[];
  /** feedback of a person that planning has still to use */
  feedback: string | null;
  snapshot: RosterSnapshot | null;
  /** version of the plan that the snapshot was fetched for */
  snapshot_version: number;
  /** what keeps the current version from being approved */
  plan_problems: FieldIssue[];
  approved_version: number | null;
  /** a change of the running plan that is not in force yet: nothing new starts meanwhile. Left out: none */
  changing?: PendingChange | null;
  brief_ref: string;
  host_id: string | null;
  /** a planner made the plan, and not whoever submitted the job; left out: or not known */
  planned?: true;
  /** what guards programs there; left out: not known */
  sandbox?: SandboxKind;
  tasks: Record<string, TaskState>;
  budget: BudgetState;
  verdicts: Verdict[];
  /** how often unmet criteria added tasks to the plan */
  repair_rounds: number;
  synthesis: { output: TaskOutput; artifact: Artifact | null } | null;
  partial: boolean;
  accepted_by: string | null;
  warnings: string[];
  journal: JournalState;
  /** tasks that wait for a person besides those whose plan says so; left out: none */
  gates?: Gates;
  /** by task_id */
  places?: Record<string, Place>;
  status_history?: StatusEntry[];
  /** the latest {@link KEPT_REQUESTS} commands that were answered */
  requests: AnsweredRequest[];
  /** how many messages were sent; left out: none */
  messages_sent?: number;
  /** the request by which its boss waits for news; null, or left out: it does not */
  resting?: string | null;
  /** what people were told of already: the share of the budget in percent, providers that give no answers */
  alerted?: { budget_percent?: number; providers?: string[] };
  /** of a repository job; left out: it is none */
  repository?: RepositoryState;
}

export type Phase = 'planning' | 'awaiting_approval' | 'executing' | 'synthesizing' | 'verifying' | 'closed';

/** What the current version replaces, until it is in force: to go back to when it is rejected. */
export interface PendingChange {
  base: Plan;
  /** of the tasks that were changed or dropped, as they were */
  tasks: Record<string, TaskState>;
}

/** How a job will end once everything that runs has stopped. */
export interface Ending {
  status: Extract<JobStatus, 'completed' | 'failed' | 'rejected' | 'cancelled'>;
  error: ShownError | null;
  actor?: string;
  /** when somebody decided that; left out: nobody did */
  at?: string;
}

/** A task's part of the job's state. */
export interface TaskState {
  task_id: string;
  status: TaskStatus;
  reason: BlockedReason | SkipReason | null;
  /** counts the starts of this task's workflow: a settlement of an earlier one is ignored */
  generation: number;
  attempt: number;
  retry_count: number;
  started_at: string | null;
  finished_at: string | null;
  agent: string | null;
  worker: string | null;
  /** what guarded the programs of its latest attempt; left out: it ran none, or it is not known */
  sandbox?: SandboxKind;
  output: TaskOutput | null;
  artifacts: Artifact[];
  artifacts_left_out: LeftOutFile[];
  /** of its result; left out: none */
  warnings?: string[];
  error: AttemptError | null;
  /** of the start before this one: told to the agent */
  previous_failure: AttemptError | null;
  cost_usd: number;
  parked_until: string | null;
  /** a retry's own instructions */
  modified_prompt: string | null;
  agent_override: string | null;
  gate: Gate | null;
  /** whether it counts against max_workers */
  holds_slot: boolean;
  /** waited for a rate limit, and wants to work again */
  wants_slot: boolean;
  /** `task.ready` was said since it became pending */
  announced: boolean;
  /** a person skipped it while it ran, or the job ends: its workflow is to be cancelled */
  stop: 'skip' | 'cancel' | null;
  /** who wants it skipped while it runs, and why */
  skipped_by: Skip | null;
  /** its workflow reports by signal, because the job continued as new since it started */
  adopted: boolean;
  /** what its agent wants of a person */
  asks: Ask[];
  /** decisions that have still to be sent to it */
  ask_answers: AskAnswer[];
  /** where its agent stood when it had to stop */
  thread: Thread | null;
  /** what its agent said in its turns: the conversation's latest segment */
  conversation: string | null;
  /** an agent appeared that may take it, since it was started */
  agent_appeared?: boolean;
  /** messages that have still to be sent to it, oldest first; left out: none */
  inbox?: Delivery[];
  /** the end that its boss was told of last; left out: none */
  told?: string;
  /** it reported that it is blocked, and nobody wrote to it since */
  awaits_message?: boolean;
  /** what it did in the job's repository; left out: it has not started there */
  work?: TaskWork;
  /** what a person made of it by hand, whose pushed work is on its way into the branch; left out: nothing is */
  handed?: { output: TaskOutput; actor: string | null };
  /** it was stopped while its work waited to be merged: it goes on from there */
  handed_in?: HandedIn;
}

/** A person's word that a task is to be left out. */
export interface Skip {
  actor?: string;
  at?: string;
  note?: string;
}

/** A person's decision before a task may start. */
export interface Gate {
  requested_at: string;
  expires_at: string | null;
  granted: boolean;
  /** people were told that it is about to expire */
  warned?: boolean;
}

export interface BudgetState {
  /** null: no cap */
  limit_usd: number | null;
  spent_usd: number;
  /** open leases by id */
  leases: Record<string, Lease>;
  /** requests that wait for other leases to give money back, oldest first */
  queue: LeaseRequest[];
  exceeded: boolean;
  /** something was refused because too little is left, since budget was added last */
  short?: boolean;
}

export interface Lease {
  lease_id: string;
  /** null: the job itself */
  task_id: string | null;
  amount_usd: number;
}

export interface LeaseRequest extends Lease {
  /** smaller amounts that would do as well, biggest first */
  or_usd?: number[];
  /** what would do if the budget had no more; left out: the smallest of those */
  least_usd?: number;
}

/** The tail of the journal that the database does not have yet, and the count. */
export interface JournalState {
  next_seq: number;
  events: JobEvent[];
  /** what is timed of the job; not there in one that an earlier version began */
  phases?: PhaseClock;
}

export const KEPT_VERSIONS = 10;
export const KEPT_REQUESTS = 1000;

/** The state of a job that was just submitted. */
export function newJobState(input: {
  job_id: string;
  owner: string;
  body_hash: string;
  created_at: string;
  spec: JobSpec;
}): JobState {
  return {
    ...input,
    finished_at: null,
    phase: 'planning',
    paused: false,
    review: null,
    cancel_requested: false,
    ending: null,
    plan: null,
    old_plans: [],
    feedback: null,
    snapshot: null,
    snapshot_version: 0,
    plan_problems: [],
    approved_version: null,
    brief_ref: '',
    host_id: null,
    tasks: {},
    budget: { limit_usd: input.spec.budget_usd, spent_usd: 0, leases: {}, queue: [], exceeded: false },
    verdicts: [],
    repair_rounds: 0,
    synthesis: null,
    partial: false,
    accepted_by: null,
    warnings: [],
    journal: { next_seq: 1, events: [] },
    requests: [],
  };
}

/** A task before anything happened to it. */
export function newTaskState(task: Task): TaskState {
  return {
    task_id: task.task_id,
    status: 'pending',
    reason: null,
    generation: 0,
    attempt: 0,
    retry_count: 0,
    started_at: null,
    finished_at: null,
    agent: task.agent,
    worker: null,
    output: null,
    artifacts: [],
    artifacts_left_out: [],
    error: null,
    previous_failure: null,
    cost_usd: 0,
    parked_until: null,
    modified_prompt: null,
    agent_override: null,
    gate: null,
    holds_slot: false,
    wants_slot: false,
    announced: false,
    stop: null,
    skipped_by: null,
    adopted: false,
    asks: [],
    ask_answers: [],
    thread: null,
    conversation: null,
  };
}

/** Whether an agent leads the job. */
export const isLed = ({ strategy }: Pick<JobSpec, 'strategy'>): boolean => strategy === 'boss';

/** Whether a task is that of the agent that leads the job. */
export const isBossTask = ({ spec }: Pick<JobState, 'spec'>, taskId: string): boolean =>
  isLed(spec) && taskId === BOSS_TASK;

/** The status that everybody sees. */
export function jobStatus(state: JobState): JobStatus {
  if (state.phase === 'closed') return state.ending!.status;
  if (state.review) return 'needs_review';
  if (state.phase !== 'executing') return state.phase;
  return state.paused ? 'paused' : 'running';
}

/** Whether the plan is being carried out; a change of it may wait for its approval at the same time. */
export const isCarriedOut = (state: JobState): boolean =>
  state.phase === 'executing' || (state.phase === 'awaiting_approval' && Boolean(state.changing));

/** The state of a task by an id that may come from outside; undefined when the job has no such task. */
export const taskStateOf = (state: JobState, taskId: string): TaskState | undefined =>
  ownOf(state.tasks, taskId);

/** What a record has under a name that comes from outside, which may be that of something that every object has. */
export const ownOf = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Whether somebody looks after the job, so that it may wait for a person. */
export const isAttended = ({ attended }: Pick<JobSpec, 'attended'>): boolean => attended !== false;

/** The tasks of the current plan, as planned. */
export const plannedTasks = (state: JobState): Task[] => state.plan?.tasks ?? [];

/** Which tasks wait for a person before they start, besides those whose plan says so. */
export interface Gates {
  hold: 'none' | 'risk' | 'all';
  /** task_ids that wait in any case */
  checkpoints: string[];
}

/** Where a task stands among those of the agent that it was planned for: fixed when it is first planned. */
export interface Place {
  agent: string;
  /** from 1, for each agent */
  n: number;
}
