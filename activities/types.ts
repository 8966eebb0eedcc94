import type { AgentKind, RosterSnapshot } from '../contracts/agent.ts';
import type { Artifact, DependencyResult, TaskOutput } from '../contracts/artifact.ts';
import type { AttemptRequest, AttemptResult, JobBrief, TaskOutcome } from '../contracts/attempt.ts';
import type { CodingResult, CodingRun } from '../contracts/coding-run.ts';
import type { AgentBrief } from '../contracts/http-agent.ts';
import type { OwnAgent } from '../contracts/job-agent.ts';
import type { CallResult, CallSubject, PrepareResult, RulesPlan, Verdict } from '../contracts/model-call.ts';
import type { TracePlace } from '../contracts/phase.ts';
import type { Criterion, Forecast, KeptPlan, Plan, Task } from '../contracts/plan.ts';
import type { PreparedCall } from '../contracts/prepared-call.ts';
import type { AgentTarget } from '../contracts/registry.ts';
import type { BringInInput, BroughtIn } from '../contracts/repository/delegated.ts';
import type {
  Candidate,
  Checked,
  CheckInput,
  CommitInput,
  Committed,
  DeliverInput,
  DeliverResult,
  Landed,
  LandInput,
  MergeInput,
  OpenedRepository,
  OpenRepositoryInput,
  PrepareCloneInput,
  PreparedClone,
  RepositoryPoint,
} from '../contracts/repository/work.ts';
import type { SandboxKind } from '../contracts/sandbox.ts';
import type { JobSpec } from '../contracts/spec.ts';
import type { JobHead, LiveNews } from '../contracts/telemetry.ts';
import type { ToolAnswer, ToolRequest } from '../contracts/tool.ts';
import type { TurnInput } from '../contracts/turn.ts';
import type { ClosedJob } from '../contracts/view.ts';
import type { Webhook, WebhookTestBody, WebhookTested } from '../contracts/webhook.ts';
import type { JobState } from '../core/state/job-state.ts';
import type { LeanRequest, LeanResult } from '../core/state/lean.ts';
import type { Batch, LeanBatch } from '../core/state/lean-batch.ts';

export type { RulesPlan } from '../contracts/model-call.ts';

/** Every activity by name: what workflows may ask of the outside world. */
export interface Activities {
  /** Stores the job's brief, reads the roster and rules in force, and forecasts a plan by the prices of now. */
  snapshotRoster(input: SnapshotInput): Promise<SnapshotResult>;
  /** A plan read out of the spec's own text, without any model. */
  planByRules(input: {
    spec: JobSpec;
    snapshot: RosterSnapshot;
    feedback: string | null;
    place?: TracePlace & { job_id: string };
  }): Promise<RulesPlan>;
  /** The host that takes the job's folder: the one this activity happens to run on. */
  claimHost(): Promise<{ host_id: string; sandbox?: SandboxKind }>;
  /** Whether a worker asked for work on the queue of that host lately. */
  isHostAlive(input: { host_id: string; within_seconds: number }): Promise<boolean>;
  /** One attempt of a `command` task; runs on the host's own queue. */
  runCommand(request: LeanRequest): Promise<LeanResult>;
  /** One attempt of a task whose agent speaks HTTP. */
  callHttpAgent(request: AttemptRequest): Promise<AttemptResult>;
  /**
   * Who does a task, by the roster and the registered agents of now: for tasks whose agent the snapshot did not
   * settle. Takes a place at a registered agent; where there is nobody, the task is put in line.
   */
  resolveAgent(request: AttemptRequest): Promise<ResolvedAgent>;
  /** Gives back the place at a registered agent, which may be the one that another task waits for. */
  releaseAgent(input: { owner: string; agent_id: string; lease_id: string; refused: boolean }): Promise<void>;
  /** The brief of an agent on a task queue of its own. */
  writeBrief(request: AttemptRequest): Promise<Omit<AgentBrief, 'callback_url'>>;
  /** Reads and stores what such an agent returned. */
  takeAnswer(input: { job_id: string; task_id: string; answer: unknown }): Promise<TakenAnswer>;
  /** Whether a worker asked for activities on that queue lately. */
  isQueueAlive(input: { task_queue: string; within_seconds: number }): Promise<boolean>;
  /** Builds and stores the prompt of a model call and bounds its cost. */
  prepareModelCall(input: {
    call_id: string;
    job_id: string;
    subject: CallSubject;
    provider: JobSpec['provider'];
    model: string | null;
    capped: boolean;
    place?: TracePlace;
  }): Promise<PrepareResult>;
  /** Makes the call, stores answer and ledger row under `call_id`, then returns. */
  callModel(input: CallInput): Promise<CallResult>;
  /** Builds and stores the prompt of a coding assistant, and bounds what its first answer costs. */
  prepareCoding(input: PrepareCodingInput): Promise<PrepareResult>;
  /** Runs a coding assistant, where the job's folder lies, until it has ended or must stop. */
  runCoding(input: CodingRun): Promise<CodingResult>;
  /** Carries out a tool call of an agent; what goes wrong is said to the agent. */
  runTool(input: ToolRequest): Promise<ToolAnswer>;
  /** What came of a job that an agent delegated to, as the answer of its call; the artifacts are then its task's. */
  readDelegated(input: DelegatedCall): Promise<ToolAnswer>;
  /** What the ledger knows that the calls of a lease cost: of one that was lost or cut off, its reservation. */
  closeLease(input: { lease_id: string }): Promise<{ cost_usd: number }>;
  /** Checks a criterion that carries a command, on the host with the job's folder. */
  checkCriterion(input: {
    job_id: string;
    criterion: Criterion;
    brief_ref: string;
    no_commands?: true;
    /** of a repository job: it is checked in a checkout of the head */
    repository?: { at: RepositoryPoint; setup_command: string | null };
    place?: TracePlace;
  }): Promise<Verdict>;
  /** Fetches a repository into its mirror on this host, pins its base, and finds its commands. */
  openRepository(input: OpenRepositoryInput): Promise<OpenedRepository>;
  /** Makes the clone that a task works in, or keeps the one that is there. */
  prepareClone(input: PrepareCloneInput): Promise<PreparedClone>;
  /** Commits what a task has done, and stores its diff and a bundle of it. */
  commitWork(input: CommitInput): Promise<Committed>;
  /** Brings what a job did that has ended into the clone of the task that had it planned. */
  bringIn(input: BringInInput): Promise<BroughtIn>;
  /** Makes a commit of the head and work of tasks; moves nothing. */
  mergeWork(input: MergeInput): Promise<Candidate>;
  /** Runs the check in a checkout of its own. */
  checkCommit(input: CheckInput): Promise<Checked>;
  /** Moves the head to a candidate. */
  landMerge(input: LandInput): Promise<Landed>;
  /** Puts the branch where it is to go; safe to repeat. */
  deliverWork(input: DeliverInput): Promise<DeliverResult>;
  /** A report put together from the results, said to be made without a model. */
  assembleReport(input: {
    job_id: string;
    brief_ref: string;
    plan: Pick<Plan, 'objectives' | 'acceptance_criteria'>;
    results: DependencyResult[];
    place?: TracePlace;
  }): Promise<{ output: TaskOutput; artifact: Artifact }>;
  /**
   * Writes events of a job to the database, with what the metrics make of them, and what is to be sent of them to
   * addresses outside; safe to repeat.
   */
  flushEvents(
    input: (LeanBatch | Batch) & { owner: string; live?: LiveNews; head?: JobHead; webhook?: Webhook },
  ): Promise<void>;
  /** Writes the closed job to the archive; safe to repeat. Respects a tombstone. */
  archiveJob(job: ClosedJob<KeptPlan>): Promise<void>;
  /** Stores a part of something of the job that is too large for a history, until the job is deleted. */
  storePart(input: { job_id: string; text: string }): Promise<{ part_ref: string }>;
  /** A part that was stored. */
  readPart(input: { part_ref: string }): Promise<{ text: string }>;
  /** The same as `archiveJob`, of a job whose JSON was stored in parts. */
  archiveParts(input: { part_refs: string[] }): Promise<void>;
  /**
   * What a job whose run was reset goes on from, by the hashes of its parts: a `Recovery`. Stops what still runs.
   * @param input.state as of where it was reset to; null where nothing was known there yet
   */
  recoverJob(input: { job_id: string; state: JobState | null }): Promise<{ recovery_refs: string[] }>;
  /** How tasks whose parent continued as new are doing, by describe. */
  describeTasks(input: { workflow_ids: string[] }): Promise<Record<string, 'running' | 'closed'>>;
  /**
   * Cancels tasks of closed jobs, archives jobs that closed without a row, repairs the list of jobs, resumes
   * half-done deletions, tells the jobs of waiting tasks of agents that may take them, notifies webhooks that are
   * overdue.
   */
  sweep(): Promise<{
    cancelled_tasks: number;
    archived_jobs: number;
    /** put into the list of jobs, and taken out of it */
    listed_jobs: number;
    unlisted_jobs: number;
    resumed_deletions: number;
    woken_tasks: number;
    rung_webhooks: number;
  }>;
  /** Sends what is to be sent to an address now; gives when there is more to do, null when nothing waits. */
  deliverWebhooks(input: { endpoint_id: string }): Promise<{ next_at: string | null }>;
  /** One try of an address, for whoever sets it up. */
  testWebhook(input: WebhookTestBody & { owner: string }): Promise<WebhookTested>;
  /** Asks the job to cancel and waits until it has closed; terminates it and its tasks after 30 s. */
  stopJob(input: { job_id: string }): Promise<void>;
  /** Removes all runs, children, archive rows, events and artifacts of a stopped job; ledger rows stay. */
  eraseJob(input: { job_id: string }): Promise<void>;
}

/** A call to make. `turn`: what is said, for agents that work in turns. */
export interface CallInput {
  call: PreparedCall;
  /** the reservation that it draws on, where it has none of its own */
  lease_id: string | null;
  turn: TurnInput | null;
  heartbeat_seconds: number;
}

/** What a coding assistant is prepared for. */
export interface PrepareCodingInput {
  call_id: string;
  job_id: string;
  request: AttemptRequest;
  model: string | null;
  capped: boolean;
  place?: TracePlace;
}

/** A call of the tool `plan_tasks`, whose job has closed. */
export interface DelegatedCall {
  job_id: string;
  task_id: string;
  tool_use_id: string;
  delegated_job_id: string;
  /** what became of its work in the repository; left out: it worked in none */
  brought?: BroughtIn;
}

/** What a snapshot is taken for: a job before it is planned (`tasks` null), or a version of its plan. */
export interface SnapshotInput {
  job_id: string;
  /** whose registered agents count */
  owner: string;
  brief: JobBrief;
  tasks: Task[] | null;
  /** agents that the job has of its own; left out: none */
  agents?: OwnAgent[];
  provider: JobSpec['provider'];
  model: string | null;
  place?: TracePlace;
}

export interface SnapshotResult {
  snapshot: RosterSnapshot;
  brief_ref: string;
  /** null without tasks */
  forecast: Forecast | null;
  /** tasks for models whose price is not known */
  unpriced: { task_id: string; model: string }[];
}

/** What an agent returned, as the end of the attempt. */
type TakenAnswer = Extract<TaskOutcome, { status: 'completed' | 'failed' }>;

/** Who takes a task, or why nobody can. */
export type ResolvedAgent =
  | { status: 'found'; agent: string; kind: Exclude<AgentKind, 'human'>; target?: AgentTarget }
  | { status: 'blocked'; reason: 'no_agent'; message: string };
