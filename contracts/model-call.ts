import type { AgentSummary } from './agent.ts';
import type { Artifact, DependencyResult, TaskOutput } from './artifact.ts';
import type { AttemptError, AttemptRequest } from './attempt.ts';
import type { Usage } from './money.ts';
import type { Criterion, Plan, Task } from './plan.ts';
import type { PreparedCall } from './prepared-call.ts';
import type { JobSpec } from './spec.ts';
import type { BlockedReason } from './status.ts';
import type { TurnAnswer } from './turn.ts';

/** An earlier answer, to be given again without what is wrong with it. */
export interface Repair {
  answer_ref: string;
  problems: string[];
}

/** The code of an {@link AttemptError}: there was an answer, and it can't be read or kept. */
export const UNREADABLE = 'unreadable_answer';

/** What to ask a model; turned into a prompt by the activity that prepares the call. */
export type CallSubject =
  | {
      purpose: 'objectives';
      spec: JobSpec;
      /** hash of a text: what is in the job's repository; left out: it has none */
      overview_ref?: string;
      feedback: string | null;
      repair: Repair | null;
    }
  | {
      purpose: 'tasks';
      spec: JobSpec;
      overview_ref?: string;
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
  /** not made: its worst case is more than it may cost; `least_usd`: with the shortest useful answer */
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
