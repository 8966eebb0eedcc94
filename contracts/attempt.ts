import type { AgentKind } from './agent.ts';
import type { Artifact, DependencyResult, LeftOutFile, TaskOutput } from './artifact.ts';
import type { Member, OwnAgent } from './job-agent.ts';
import type { Delivery, Mate } from './message.ts';

import type { Criterion, Task } from './plan.ts';
import type { AgentTarget } from './registry.ts';
import type { Committed, TaskRepository } from './repository/work.ts';
import type { SandboxKind } from './sandbox.ts';
import type { JobSpec, ProviderName } from './spec.ts';
import type { BlockedReason } from './status.ts';

import type { Thread } from './turn.ts';

/** Why an attempt failed. `tail` is the end of what the agent said or printed. */
export interface AttemptError {
  code: string;
  message: string;
  tail?: string;
  /** false: another attempt would fail the same way (a refusal, an invalid request, a missing secret) */
  retryable: boolean;
  /** the provider of models that gave no answer, where that is why */
  provider?: ProviderName;
  /** what guarded its programs; left out: it ran none */
  sandbox?: SandboxKind;
}

/** What a task workflow is started with. */
export interface TaskInput {
  /** how it is written in histories, see core/state/lean.ts; left out: whole, by an earlier version */
  form?: number;
  job_id: string;
  owner: string;
  task: Task;
  /** how often this task was started: tells a late settlement from a current one */
  generation: number;
  /** attempts already made by earlier generations */
  attempts_made: number;
  /** the failure of an earlier generation, told to the agent */
  previous_failure: AttemptError | null;
  dependencies: DependencyResult[];
  /** the acceptance criteria that the task covers, in words; a task's own list holds only ids */
  criteria?: Criterion[];
  /** artifact with the job's {@link JobBrief} */
  brief_ref: string;
  /** whose folder the task works in; null where it needs none */
  host_id: string | null;
  /** how long an activity may wait for that host before it is looked after */
  host_wait_seconds: number;
  provider: ProviderName | null;
  model: string | null;
  /** whether a budget caps it: a model without a known price is refused then */
  capped: boolean;
  heartbeat_seconds: number;
  /** who does it, by the roster of the plan; null: resolved when the attempt starts */
  agent: string | null;
  agent_kind: AgentKind | null;
  /** how long its agent may take for one attempt; left out: no limit of its own */
  sla_seconds?: number;
  /** how far its agent had come when it had to stop; null: it starts over */
  thread?: Thread | null;
  /** the most characters that it is told of its dependencies' results, as a carry; left out: the results themselves */
  carry_chars?: number;
  /** how long one attempt may take, whoever makes it; left out: no limit of the job */
  job_sla_seconds?: number;
  /** how often the work was delegated on until it came here; left out: never */
  depth?: number;
  /** agents of the job that it can write to; left out: none */
  mates?: Mate[];
  /** whether its agent has a tool to write to others: the same for all agents of a plan, for the sake of prompt caches */
  team?: boolean;
  /** its agent as the job has it; left out: as the roster has it */
  job_agent?: OwnAgent;
  /** its agent leads the job, and these are the others; left out: it does not lead */
  leads?: { members: Member[]; max_workers: number };
  /** the agent that delegated it; left out: it was planned */
  led_by?: string;
  /** events of history after which its workflow continues as new, where its agent works in turns; left out: never */
  continue_after_events?: number;
  /** set by continue-as-new only */
  carried?: CarriedAttempt;
  priority?: JobSpec['priority'];
  /** ids that a client of agent brokerage has for it; left out: not such a job */
  client?: { task_id: string; subtask_id: string };
  /** no command runs in its job */
  no_commands?: true;
  /** a planner made the job's plan, and not whoever submitted it */
  planned?: true;
  /** it works in a clone of its job's repository; left out: its job has none */
  repository?: TaskRepository;
  /** a person has done it: what they pushed is handed in, and no agent works */
  handed?: TaskOutput;
  /** its work was handed in already, and no agent works: it waits for what becomes of that */
  handed_in?: HandedIn;
}

/** What an agent has done, and what of it waits to be merged. */
export interface HandedIn {
  work: {
    outcome: Extract<TaskOutcome, { status: 'completed' }>;
    agent: string | null;
    worker: string | null;
  };
  committed: Committed;
}

/** An attempt that goes on in the next run of the task's workflow. */
export interface CarriedAttempt {
  /** the number of the attempt, over all starts of the task */
  attempt: number;
  /** attempts of this start, the one under way included */
  made: number;
  previous_failure: AttemptError | null;
  /** of the attempts before, in milliseconds */
  worked_ms: number;
  /** of the attempt under way, in milliseconds */
  clock_ms: number;
  thread: Thread;
  inbox: Delivery[];
  /** its job knows its end only by signal */
  reports: boolean;
  held: boolean;
  /** when progress was last journaled, in milliseconds */
  progress_at: number;
}

/** What an agent made of a task, from its activity to the job's state. */
export interface TaskResult {
  output: TaskOutput;
  artifacts: Artifact[];
  left_out?: LeftOutFile[];
  /** what its agent may have meant otherwise */
  warnings?: string[];
  /** what guarded its programs; left out: it ran none */
  sandbox?: SandboxKind;
}

/** What came of the work on a task; `thread`: where its agent stands, which goes on from there. */
export type TaskOutcome =
  /** with a thread where its agent leads: it may be told that something is missing */
  | ({ status: 'completed'; thread?: Thread } & TaskResult)
  | { status: 'failed'; error: AttemptError; artifacts: Artifact[] }
  /** `host_id`: the host that is not there any more */
  | { status: 'blocked'; reason: BlockedReason; message: string; thread?: Thread; host_id?: string }
  /** without a thread where it had not begun, or works without turns; `handed_in`: its work waited to be merged */
  | { status: 'cancelled'; thread?: Thread; handed_in?: HandedIn };

/** How a task workflow ended. */
export interface TaskSettlement {
  task_id: string;
  generation: number;
  /** attempts made in all, those of earlier generations included */
  attempt: number;
  outcome: TaskOutcome;
  /** the agent and the worker process of the last attempt, where one took it */
  agent: string | null;
  worker: string | null;
  /** what its agent said in its turns, where it worked in turns */
  conversation?: string | null;
  /** messages that reached it and that no agent read; left out: none */
  unread?: Delivery[];
}

/** What every agent of a job may need to know of it; stored once as an artifact. */
export interface JobBrief {
  job_id: string;
  title: string;
  description: string;
  constraints: string[];
  context?: unknown;
}

/** One attempt, as the activity that makes it sees it. */
export interface AttemptRequest extends TaskInput {
  attempt: number;
  /** the time that its activity has from being scheduled, in milliseconds; left out: the task's workflow sees to it */
  limit_ms?: number;
  /** of a registered agent: where it takes the task */
  target?: AgentTarget;
  /** agents that refused this attempt */
  refused_by?: string[];
}

/** What an agent's activity returns when it does not throw an {@link AttemptError}. */
export type AttemptResult =
  | ({ status: 'completed'; worker: string; agent: string } & TaskResult)
  | { status: 'waiting_callback'; worker: string; agent: string }
  | { status: 'blocked'; reason: BlockedReason; message: string; agent: string | null };

/** Answer of an HTTP agent, at once or at the callback address. */
export interface CallbackAnswer extends Pick<TaskResult, 'output' | 'artifacts'> {
  attempt: number;
  error: AttemptError | null;
}
