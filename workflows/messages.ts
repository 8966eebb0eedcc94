import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Artifact } from '../contracts/artifact.ts';
import type { Ask, AskAnswer, AskedCall } from '../contracts/ask.ts';
import type { CallbackAnswer, TaskSettlement } from '../contracts/attempt.ts';
import type { CommandInput, CommandName } from '../contracts/command.ts';
import type { LeadAnswer, LeadRequest } from '../contracts/lead.ts';
import type { Delivery } from '../contracts/message.ts';
import { AGENT_APPEARED, PLANNED, type ReportedEvent, TASK_REPORT } from '../contracts/names.ts';
import type { KeptPlan } from '../contracts/plan.ts';
import type { MergeAnswer } from '../contracts/repository/merge.ts';
import type { Committed, JobChanges } from '../contracts/repository/work.ts';
import type { ApprovalView, ClosedJob, JobResults, JobView } from '../contracts/view.ts';
import type { LeaseRequest } from '../core/schedule/waiting.ts';
import type { JobState } from '../core/state/job-state.ts';
import type {
  EventsPage,
  LeaseAnswer,
  PlanAnswer,
  PlannedAnswer,
  PostAnswer,
  TaskInputAnswer,
  UpdateAnswer,
} from './types.ts';

/** Every command of a job, as an update and as a signal of the same name. */
export const commandUpdate = <N extends CommandName>(name: N) =>
  defineUpdate<UpdateAnswer, [CommandInput<N>]>(name);
export const commandSignal = <N extends CommandName>(name: N) => defineSignal<[CommandInput<N>]>(name);

/** The command `send_message`, from one job to another. */
export const sendMessage = defineSignal<[{ to: string; content: string; actor: string }]>('send_message');

/** Answers once a job has its plan, or will never have one. */
export const plannedUpdate = defineUpdate<PlannedAnswer>(PLANNED);

/** Queries of a job. */
export const statusQuery = defineQuery<JobView>('status');
export const planQuery = defineQuery<PlanAnswer, [{ version?: number }?]>('plan');
export const eventsQuery = defineQuery<EventsPage, [{ after: number; limit?: number }]>('events');
export const approvalsQuery = defineQuery<ApprovalView[]>('approvals');
export const askedCallQuery = defineQuery<AskedCall | null, [{ approval_id: string }]>('asked_call');
export const artifactsQuery = defineQuery<Artifact[]>('artifacts');
export const resultsQuery = defineQuery<JobResults>('results');
/** where the diffs and bundles of a repository job are; null: it is none */
export const changesQuery = defineQuery<JobChanges | null>('changes');
/** what the archive gets; for jobs that were ended from outside */
export const archiveQuery = defineQuery<ClosedJob<KeptPlan>>('archive_input');
/** the whole state; null while the run only finds out what it goes on from */
export const stateQuery = defineQuery<JobState | null>('state');
export const taskInputQuery = defineQuery<TaskInputAnswer | null, [{ task_id: string }]>('task_input');

/** From a task to its job. */
export const leaseRequest = defineSignal<[LeaseRequest]>('lease_request');
export const leaseReturn =
  defineSignal<[{ task_id: string; lease_id: string; spent_usd: number }]>('lease_return');
export const slotReturn =
  defineSignal<[{ task_id: string; parked_until: string | null; why: string }]>('slot_return');
export const slotRequest = defineSignal<[{ task_id: string }]>('slot_request');
export const taskReport =
  defineSignal<
    [
      {
        task_id: string;
        generation: number;
        attempt: number;
        type: ReportedEvent;
        data: Record<string, unknown>;
      },
    ]
  >(TASK_REPORT);
export const ask = defineSignal<[{ task_id: string; generation: number; ask: Ask; idle?: boolean }]>('ask');
export const postMessage =
  defineSignal<[{ task_id: string; generation: number; post_id: string; to: string; content: string }]>(
    'post_message',
  );
export const leadRequest =
  defineSignal<[{ task_id: string; generation: number; requests: LeadRequest[] }]>('lead_request');
/** its work in the job's repository, to be merged */
export const workDone =
  defineSignal<[{ task_id: string; generation: number; attempt: number; committed: Committed }]>('work_done');
export const taskAdopted = defineSignal<[{ task_id: string; generation: number }]>('task_adopted');
export const taskSettled = defineSignal<[TaskSettlement]>('task_settled');

/** From whoever knows of an agent, to the job of tasks that wait for one. */
export const agentAppeared = defineSignal<[{ task_ids: string[] }]>(AGENT_APPEARED);

/** From a job to its tasks. */
export const leaseGrant = defineSignal<[LeaseAnswer]>('lease_grant');
export const askAnswer = defineSignal<[AskAnswer]>('ask_answer');
export const postAnswer = defineSignal<[PostAnswer]>('post_answer');
/** what became of the work that it handed in */
export const mergeAnswer = defineSignal<[MergeAnswer]>('merge_answer');
/** to the agent that leads */
export const leadAnswer = defineSignal<[{ answers: LeadAnswer[] }]>('lead_answer');
/** what others wrote to its agent */
export const deliver = defineSignal<[{ messages: Delivery[] }]>('deliver');
export const slotGrant = defineSignal<[]>('slot_grant');
export const reportBySignal = defineSignal<[]>('report_by_signal');
export const hold = defineSignal<[{ paused: boolean }]>('hold');

/** Query of a task: what its agent said so far. */
export const conversationQuery = defineQuery<string | null>('conversation');

/** From the API to a task whose HTTP agent answers later. */
export const callback = defineSignal<[CallbackAnswer]>('callback');
