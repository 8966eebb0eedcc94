import type { AgentKind, AgentSummary } from './agent.ts';
import type { Artifact, LeftOutFile, TaskOutput } from './artifact.ts';
import type { Member, OwnAgent } from './job-agent.ts';
import type { Delivery, Mate } from './message.ts';
import type { Price, Usage } from './money.ts';
import type { Criterion, Plan, Task } from './plan.ts';
import type { AgentTarget } from './registry.ts';
import type { JobSpec, ProviderName } from './spec.ts';
import type { BlockedReason, TaskStatus } from './status.ts';
import type { TracePlace } from './telemetry.ts';
import type { AgentLimits, Thread, TurnAnswer } from './turn.ts';

/** What a finished task hands to those that depend on it. */
export interface DependencyResult {
  task_id: string;
  title: string;
  status: TaskStatus;
  output: TaskOutput | null;
  artifacts: Artifact[];
  /** of a plan in steps: its place from 1, and the beginning of what it was to do */
  step?: { number: number; description: string };
}

/** Why an attempt failed. `tail` is the end of what the agent said or printed. */
export interface AttemptError {
  code: string;
  message: string;
  tail?: string;
  /** false: another attempt would fail the same way (a refusal, an invalid request, a missing secret) */
  retryable: boolean;
  /** the provider of models that gave no answer, where that is why */
  provider?: ProviderName;
}

/** The type of the ApplicationFailure that carries an {@link AttemptError} as its first detail. */
export const ATTEMPT_FAILED = 'AttemptFailed';

/** The code of an {@link AttemptError}: its time was over, and its activity has ended the work. */
export const OUT_OF_TIME = 'out_of_time';

/** The code of an {@link AttemptError}: the answer broke off because there was no money, or room, for all of it. */
export const CUT_SHORT = 'cut_short';

/** What a task workflow is started with. */
export interface TaskInput {
  /** how it is written in histories, see core/lean.ts; left out: whole, by an earlier version */
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
  /** where its agent stood when it had to stop; null: it begins anew */
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
  /** what it is called by the client of the face of agent brokerage; left out: the job is not his */
  client?: { task_id: string; subtask_id: string };
  /** no command runs in its job */
  no_commands?: true;
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

/** How a task workflow ended. */
export interface TaskSettlement {
  task_id: string;
  generation: number;
  /** attempts made in all, those of earlier generations included */
  attempt: number;
  outcome:
    | {
        status: 'completed';
        output: TaskOutput;
        artifacts: Artifact[];
        left_out?: LeftOutFile[];
        /** what its agent may have meant otherwise */
        warnings?: string[];
        /** of an agent that leads: it may be told that something is missing */
        thread?: Thread;
      }
    | { status: 'failed'; error: AttemptError; artifacts: Artifact[] }
    | { status: 'blocked'; reason: BlockedReason; message: string; thread?: Thread }
    /** with where its agent stood; left out: it had not begun, or works without turns */
    | { status: 'cancelled'; thread?: Thread };
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
  | {
      status: 'completed';
      output: TaskOutput;
      artifacts: Artifact[];
      left_out?: LeftOutFile[];
      warnings?: string[];
      worker: string;
      agent: string;
    }
  | { status: 'waiting_callback'; worker: string; agent: string }
  | { status: 'blocked'; reason: BlockedReason; message: string; agent: string | null };

/** Answer of an HTTP agent, at once or at the callback address. */
export interface CallbackAnswer {
  attempt: number;
  output: TaskOutput;
  artifacts: Artifact[];
  error: AttemptError | null;
}

/** An earlier answer, to be given again without what is wrong with it. */
export interface Repair {
  answer_ref: string;
  problems: string[];
}

/** The code of an {@link AttemptError}: there was an answer, and it can't be read or kept. */
export const UNREADABLE = 'unreadable_answer';

/** What to ask a model; turned into a prompt by the activity that prepares the call. */
export type CallSubject =
  | { purpose: 'objectives'; spec: JobSpec; feedback: string | null; repair: Repair | null }
  | {
      purpose: 'tasks';
      spec: JobSpec;
      objectives: string[];
      constraints: string[];
      acceptance_criteria: Criterion[];
      feedback: string | null;
      previous_plan: Plan | null;
      /** agents beside the roster that a plan may name */
      registered?: AgentSummary[];
      repair: Repair | null;
    }
  | { purpose: 'task'; request: AttemptRequest }
  | { purpose: 'synthesis'; brief_ref: string; objectives: string[]; results: DependencyResult[] }
  | {
      purpose: 'verification';
      brief_ref: string;
      criteria: Criterion[];
      results: DependencyResult[];
      synthesis_ref: string | null;
      repair: Repair | null;
    };

/** A model call ready to be made: the prompt is stored, its worst case is known. */
export interface PreparedCall {
  call_id: string;
  job_id: string;
  task_id: string | null;
  attempt: number | null;
  purpose: CallSubject['purpose'];
  agent: string | null;
  provider: ProviderName;
  model: string;
  prompt_ref: string;
  max_output_tokens: number;
  /** why that is less than it would be; left out: it is not */
  shortened?: 'budget' | 'token_limit';
  /** upper bound of what the call can cost; 0 for free providers */
  worst_case_usd: number;
  /** null: unknown; a job with a budget cap refuses such a model */
  price: Price | null;
  /** of an agent that works in turns; null for calls that are one question and one answer */
  thinking: {
    limits: AgentLimits;
    context_window: number;
    /** how long a call of a tool waits for a person's leave; null: for ever */
    approval_expires_seconds: number | null;
  } | null;
  /** what did not fit into the carry; left out where nothing was */
  carry_trimmed?: CarryTrimmed;
  /** MCP servers and tools that the agent does not have as its file says; left out where there are none */
  tool_remarks?: { tools: ToolRemark[]; more: number };
  /** where it belongs in the trace of its job */
  place?: TracePlace;
}

/** An MCP server, or a tool of one, that is not there, or not as it was announced. */
export interface ToolRemark {
  name: string;
  reason: string;
}

/** What was left out of what is carried from the tasks before. */
export interface CarryTrimmed {
  /** tasks of which nothing is told, the oldest first */
  dropped: string[];
  /** characters that were left out in all */
  left_out_chars: number;
  max_chars: number;
}

/** What {@link PreparedCall} gives, or why there is none. */
export type PrepareResult =
  | { status: 'ready'; call: PreparedCall }
  | { status: 'blocked'; reason: BlockedReason; message: string; agent: string | null };

/** How a model call went. Costs are what the ledger holds. */
export type CallResult =
  | {
      status: 'answered';
      answer: ModelAnswer;
      usage: Usage;
      cost_usd: number;
      worker: string;
      /** usage and cost are estimates, because; left out: they are the provider's own */
      estimated?: string;
    }
  /** not made: its worst case is more than it may cost; `least_usd`: with the shortest answer that is worth asking for */
  | { status: 'too_dear'; worst_case_usd: number; least_usd: number }
  /** not made: the job has used up its tokens */
  | { status: 'refused'; message: string }
  /** rate limited: not done, cost nothing; `cost_usd`: a part of the answer had come, and that is what it can have cost */
  | { status: 'parked'; parked_until: string; message: string; cost_usd?: number }
  /** an earlier try's answer was lost on the wire; its reservation counts as spent */
  | { status: 'lost'; cost_usd: number }
  /** the model or provider failed the call; what it cost stands here */
  | { status: 'failed'; error: AttemptError; cost_usd: number; worker: string | null };

/** The useful part of a model's answer, by purpose of the call. */
export type ModelAnswer =
  | { purpose: 'objectives'; objectives: string[]; constraints: string[]; acceptance_criteria: Criterion[] }
  | { purpose: 'tasks'; rationale: string; tasks: Task[]; answer_ref: string }
  | TurnAnswer
  | { purpose: 'synthesis'; output: TaskOutput; artifacts: Artifact[] }
  | { purpose: 'verification'; verdicts: Verdict[] }
  /** what a tool had made */
  | { purpose: 'image'; artifact: Artifact }
  /** structured output that does not parse: what is wrong, for a repair */
  | { purpose: 'invalid'; problems: string[]; answer_ref: string };

/** A verdict on one criterion. */
export interface Verdict {
  criterion_id: string;
  verdict: 'met' | 'unmet' | 'unverified';
  evidence: string;
}

/** What the rules planner makes of a spec. */
export interface RulesPlan {
  rationale: string;
  warnings: string[];
  objectives: string[];
  constraints: string[];
  acceptance_criteria: Criterion[];
  tasks: Task[];
}
