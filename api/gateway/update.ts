import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { again } from './again.ts';

/**
 * Sends an update until a worker has looked at it. SDK 1.24.0 may pass over an update that arrives together with a
 * query right after a worker's start; the server then rejects it and forgets it, so that it can be sent again. So does
 * a reset with those that its run had not answered.
 * @param send with an update id, which makes the repetition safe
 * @param isOpen whether the workflow has a run that can answer
 */
export const untilLookedAt = <R>(
  send: () => Promise<R>,
  isOpen: () => Promise<boolean>,
  milliseconds: number,
): Promise<R> =>
  again(
    send,
    milliseconds,
    async (error) => wasPassedOver(error) || (isOfEndedRun(error) && (await isOpen())),
  );

/**
 * The server's word for an update that a workflow task brought and left unanswered, and the SDK's for one that came
 * while the job was still reading its state, before it could take any.
 */
const wasPassedOver = (error: unknown): boolean =>
  isUpdateFailure(error) &&
  (error.cause.type === 'UnprocessedUpdate' || error.cause.message.startsWith(NO_HANDLER));

const NO_HANDLER = 'No registered handler for update';

/** What the server says of an update whose run has ended: before it was accepted, and after. */
const isOfEndedRun = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError ||
  (isUpdateFailure(error) && error.cause.type === 'AcceptedUpdateCompletedWorkflow');

const isUpdateFailure = (
  error: unknown,
): error is WorkflowUpdateFailedError & { cause: ApplicationFailure } =>
  error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure;
