import type { CallbackAnswer } from '../../contracts/attempt.ts';
import type { AnsweredRequest, CommandAnswer, CommandInput, CommandName } from '../../contracts/command.ts';
import { ProblemError } from '../../contracts/error.ts';
import {
  AGENT_APPEARED,
  deleteWorkflowId,
  jobWorkflowId,
  MAIN_QUEUE,
  WORKFLOW,
} from '../../contracts/names.ts';
import { inTurn } from './at-once.ts';
import { describeJob } from './jobs.ts';
import type { TemporalLink } from './link.ts';
import { untilLookedAt } from './update.ts';

/** Who sends a command, under which id, and what the body says. */
export interface CommandMeta {
  request_id: string;
  body_hash: string;
  actor: string;
  no_commands?: true;
}

/** A command that a job has followed. */
export interface CommandSent {
  answer: CommandAnswer;
  /** left out by workers of earlier versions */
  now?: AnsweredRequest['now'];
}

const COMMAND_MS = 10_000;
const SIGNAL_MS = 10_000;

/**
 * Sends a command as an update and waits until it is applied. Repeating it under the same `request_id` gives the
 * same answer; with another body it throws `idempotency_conflict`. Throws WorkflowNotFoundError when the job's
 * workflow is closed or was never there, and a ProblemError when the job refuses or nobody takes it in time.
 */
export async function sendCommand<N extends CommandName>(
  link: TemporalLink,
  job_id: string,
  name: N,
  args: Omit<CommandInput<N>, keyof CommandMeta>,
  meta: CommandMeta,
): Promise<CommandSent> {
  const handle = link.client.workflow.getHandle(jobWorkflowId(job_id));
  const send = () =>
    handle.executeUpdate<CommandAnswer & Pick<CommandSent, 'now'> & { body_hash?: string }, [unknown]>(name, {
      updateId: meta.request_id,
      args: [{ ...args, ...meta }],
    });
  const isOpen = async () => (await describeJob(link, job_id))?.open === true;
  const answer = await link.within(COMMAND_MS, () =>
    inTurn(link, job_id, () => untilLookedAt(send, isOpen, COMMAND_MS)),
  );
  const { body_hash, now, ...shown } = answer;
  if (body_hash !== undefined && body_hash !== meta.body_hash) {
    throw reusedKey();
  }
  return { answer: shown, ...(now ? { now } : {}) };
}

/** The key of an earlier request came with another body. */
export const reusedKey = (): ProblemError =>
  new ProblemError({
    code: 'idempotency_conflict',
    message: 'This Idempotency-Key was used for the same command with another body; use a new key.',
  });

/** Hands the answer of an agent over HTTP to the task that waits for it. Throws WorkflowNotFoundError when it ended. */
export async function signalCallback(
  link: TemporalLink,
  workflow_id: string,
  answer: CallbackAnswer,
): Promise<void> {
  await link.within(SIGNAL_MS, () => link.client.workflow.getHandle(workflow_id).signal('callback', answer));
}

/** Tells a job that there may be an agent for tasks of it. Throws WorkflowNotFoundError when it ended. */
export async function signalAgentAppeared(
  link: TemporalLink,
  job_id: string,
  task_ids: string[],
): Promise<void> {
  const handle = link.client.workflow.getHandle(jobWorkflowId(job_id));
  await link.within(SIGNAL_MS, () => handle.signal(AGENT_APPEARED, { task_ids }));
}

/** Starts the deletion of a job; one that is under way goes on as it is. */
export async function startDeletion(link: TemporalLink, job_id: string): Promise<void> {
  await link.within(COMMAND_MS, () =>
    link.client.workflow.start(WORKFLOW.delete, {
      workflowId: deleteWorkflowId(job_id),
      taskQueue: MAIN_QUEUE,
      args: [{ job_id }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    }),
  );
}
