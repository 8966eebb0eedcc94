import type { Artifact, LeftOutFile, TaskOutput } from './artifact.ts';
import type { AttemptError } from './attempt.ts';
import type { CodingGrant, CodingQuestion } from './coding-leave.ts';
import type { Delivery } from './message.ts';
import type { PreparedCall } from './prepared-call.ts';
import type { SandboxKind } from './sandbox.ts';
import type { BlockedReason } from './status.ts';

/** How far a coding assistant has come in its attempt. */
export interface CodingProgress {
  /** the assistant's own id of its conversation, by which it is gone on with; null: not known yet */
  session: string | null;
  /** hash of the last segment of what it said and did; null: nothing yet */
  conversation: string | null;
  /** answers of its model in this attempt */
  turns: number;
  tool_calls: number;
  /** of all its answers, cached ones included */
  tokens: number;
  /** the beginning of what it said last */
  said: string;
}

/** One run of a coding assistant: from a start of its program to its end. */
export interface CodingRun {
  call: PreparedCall;
  /** the reservation that it draws on; null: it takes no money */
  lease_id: string | null;
  /** what it may cost; null: it takes no money */
  budget_usd: number | null;
  /** an id for its conversation, where it takes ours; a new one for each attempt that starts over */
  own_session: string;
  /** where it stands */
  progress: CodingProgress;
  /** what is said to it when it goes on, before the messages */
  remarks: string[];
  messages: Delivery[];
  /** what people decided in this attempt about calls that it asked leave for; left out: nothing */
  grants?: CodingGrant[];
  heartbeat_seconds: number;
}

/** How a run ended. */
export type CodingResult = {
  progress: CodingProgress;
  cost_usd: number;
  worker: string;
} & (
  | {
      status: 'completed';
      output: TaskOutput;
      artifacts: Artifact[];
      left_out?: LeftOutFile[];
      sandbox?: SandboxKind;
    }
  /** what is left does not pay for its next answer, which may cost so much */
  | { status: 'out_of_money'; least_usd: number }
  | { status: 'parked'; parked_until: string; message: string }
  /** a person has to decide about a call before it goes on */
  | { status: 'asks'; question: CodingQuestion }
  | { status: 'failed'; error: AttemptError; artifacts: Artifact[] }
  | { status: 'blocked'; reason: BlockedReason; message: string }
);

/** What is told while it works, to the workflow of its task. */
export interface CodingNews {
  attempt: number;
  progress: CodingProgress;
}

/** The signal that brings {@link CodingNews}. */
export const CODING_NEWS = 'coding_news';
