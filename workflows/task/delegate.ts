import {
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  startChild,
  uuid4,
} from '@temporalio/workflow';
import { delegatedJobId, jobWorkflowId } from '../../contracts/names.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import type { ToolAnswer, ToolCall } from '../../contracts/tool.ts';
import { newJobMemo } from '../../core/state/job-memo.ts';
import { IN_STEPS } from '../../core/submission/in-steps.ts';
import { patient, short } from '../activities.ts';
import * as messages from '../messages.ts';
import type { JobInput, JobWorkflow } from '../types.ts';
import type { Task } from './context.ts';
import { type ToolUser, toolAnswer } from './tool-user.ts';

/** Share of what is left of the budget that a delegated job may spend: the rest is for who asked, and others beside it. */
const SHARE = 0.5;
const TITLE_CHARS = 100;
/** How many tasks where the agent does not say, as its tool tells it. */
const SUBTASKS = 5;

/**
 * Has a separate job plan and carry out what an agent asks for, and returns its result. The job's budget is a
 * lease of this task, it is paused with it, and a cancel or time-out of the attempt cancels it. In a repository it works there.
 */
export async function planTasks(
  user: ToolUser,
  call: ToolCall,
  given: Record<string, unknown>,
): Promise<ToolAnswer> {
  const { task, request, clock } = user;
  const { job_id } = request;
  const delegated_job_id = delegatedJobId(job_id, uuid4().slice(0, 8));
  const inRepository = task.repository ? await delegatedWork() : null;
  const repository = inRepository ? await inRepository.handOver(user) : undefined;
  if (repository && 'refused' in repository)
    return toolAnswer(
      call,
      `It was not planned: what you have done so far can't be committed: ${repository.refused}`,
      true,
    );
  const lease = await task.job.leaseShare(delegated_job_id, SHARE);
  if (lease.refused !== null) return toolAnswer(call, `It was not planned: ${lease.refused}`, true);
  try {
    const budget_usd = request.capped ? lease.amount_usd : null;
    const { task: what, maxSubtasks = SUBTASKS } = given as { task: string; maxSubtasks?: number };
    const asked = { description: what, max_tasks: maxSubtasks, budget_usd };
    const spec = { ...specOf(user, asked), ...(repository ? { repository } : {}) };
    await task.job.report(request.attempt, 'task.progress', {
      status: 'working',
      message: `delegated: ${spec.title}`,
      job_id: delegated_job_id,
    });
    // its tasks have time-outs of their own
    await clock.pauseClock(() => carryOut(user, delegated_job_id, spec));
  } finally {
    await settle(user, delegated_job_id);
  }
  const brought = inRepository ? await inRepository.takeBack(user, delegated_job_id) : undefined;
  const { task_id } = request.task;
  return patient.readDelegated({
    ...{ job_id, task_id, tool_use_id: call.tool_use_id, delegated_job_id },
    ...(brought ? { brought } : {}),
  });
}

/** Loaded by tasks of jobs with a repository only. */
const delegatedWork = () => import(/* webpackMode: "eager" */ './delegated-work.ts');

async function carryOut({ task, request }: ToolUser, job_id: string, spec: JobSpec): Promise<void> {
  const { owner, heartbeat_seconds, host_wait_seconds } = request;
  const input: JobInput = {
    job_id,
    owner,
    body_hash: '',
    created_at: new Date().toISOString(),
    spec,
    settings: { heartbeat_seconds, host_wait_seconds },
  };
  const job = await startChild<JobWorkflow>('jobWorkflow', {
    workflowId: jobWorkflowId(job_id),
    args: [input],
    parentClosePolicy: 'REQUEST_CANCEL',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    memo: newJobMemo({ ...input, spec }),
    searchAttributes: { JobStatus: ['planning'], JobOwner: [owner] },
  });
  let closed = false;
  const end = job.result().finally(() => {
    closed = true;
  });
  // a cancelled scope ends it; the job itself is waited for until it has closed
  void passOnPauses(task, job, () => closed).catch(() => undefined);
  await end;
}

async function passOnPauses(
  task: Task,
  job: ChildWorkflowHandle<JobWorkflow>,
  isClosed: () => boolean,
): Promise<void> {
  for (let sent = false; ; ) {
    await condition(() => isClosed() || task.held !== sent);
    if (isClosed()) return;
    sent = task.held;
    await job.signal(messages.commandSignal(sent ? 'pause' : 'resume'), {});
  }
}

/** What was spent counts as this task's; the ledger knows it even where the job did not end by itself. */
async function settle({ task }: ToolUser, delegated_job_id: string): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const { cost_usd } = await short.closeLease({ lease_id: delegated_job_id });
    await task.job.returnLease(delegated_job_id, cost_usd);
  });
}

function specOf(
  { request }: ToolUser,
  asked: { description: string; max_tasks: number; budget_usd: number | null },
): JobSpec {
  const { job_id, task: planned, provider, model, priority = 'medium', depth = 0, no_commands } = request;
  return {
    ...asked,
    title: asked.description.split('\n', 1)[0]!.slice(0, TITLE_CHARS),
    constraints: [],
    acceptance_criteria: [],
    max_workers: asked.max_tasks,
    provider,
    model,
    plan: null,
    ...IN_STEPS,
    priority,
    delegated_by: { job_id, task_id: planned.task_id, depth: depth + 1 },
    ...(no_commands ? { no_commands } : {}),
  };
}
