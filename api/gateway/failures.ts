import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { z } from 'zod';
import { COMMAND_REFUSED } from '../../contracts/command.ts';
import { Decision, ERROR_STATUS, type ErrorCode, FieldIssue, ProblemError } from '../../contracts/error.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/names.ts';

/** Codes of gRPC, https://grpc.io/docs/guides/status-codes/ */
const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;

const Refusal = z.object({
  code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  fields: z.array(FieldIssue).optional(),
  decision: Decision.optional(),
});

/**
 * What a failed call to Temporal means. A WorkflowNotFoundError is given back as it is: the archive may know more.
 * @param ping whether the server answers at all: tells a missing worker from a missing server
 */
export async function toProblem(error: unknown, ping: () => Promise<boolean>): Promise<unknown> {
  if (error instanceof WorkflowNotFoundError || error instanceof ProblemError) return error;
  if (error instanceof WorkflowUpdateFailedError) return refusal(error);
  if (error instanceof NamespaceNotFoundError) {
    return unreachable(
      `Temporal has no namespace '${error.namespace}'. Create it, or set TEMPORAL_NAMESPACE.`,
    );
  }
  if (error instanceof QueryNotRegisteredError) {
    // also what a query says of a history that the running worker can't read
    return noWorker(`The worker cannot answer this: ${error.message}`);
  }
  const grpc = grpcError(error);
  if (grpc === undefined) return error;
  if (grpc.code === INVALID_ARGUMENT && /search attribute/i.test(grpc.details)) return missingAttributes();
  if (grpc.code === INVALID_ARGUMENT) return error;
  if (grpc.code === FAILED_PRECONDITION) return noWorker();
  if (grpc.code === RESOURCE_EXHAUSTED) {
    return new ProblemError({
      code: 'rate_limited',
      message: 'Temporal is overloaded; try again in a moment.',
    });
  }
  if ((grpc.code === DEADLINE_EXCEEDED || grpc.code === CANCELLED) && (await ping())) return noWorker();
  return unreachable();
}

function noWorker(
  message = 'No worker answers for this job. It is not known whether the request was applied; repeat it once a worker is running.',
): ProblemError {
  return new ProblemError({ code: 'no_worker', message });
}

/** Nobody answers at Temporal's address, or not as needed. */
export function unreachable(
  message = 'Temporal does not answer. Nothing of the request is known to be done; repeat it.',
): ProblemError {
  return new ProblemError({ code: 'temporal_unreachable', message });
}

function missingAttributes(): ProblemError {
  const commands = SEARCH_ATTRIBUTES.map(
    (name) => `temporal operator search-attribute create --name ${name} --type Keyword`,
  );
  return unreachable(`Temporal lacks the search attributes of jobs. Create them: ${commands.join(' ; ')}`);
}

/** The problem that the job's workflow rejected the command with. */
function refusal(error: WorkflowUpdateFailedError): ProblemError {
  const cause = error.cause;
  if (cause instanceof ApplicationFailure && cause.type === COMMAND_REFUSED) {
    const problem = Refusal.safeParse(cause.details?.[0]);
    if (problem.success) return new ProblemError(problem.data);
  }
  // an update that was still open when its job closed
  const why = cause instanceof Error ? cause.message : error.message;
  return new ProblemError({ code: 'conflict', message: `The job did not accept the command: ${why}` });
}

/** The gRPC error in a chain of causes. */
function grpcError(error: unknown): { code: number; details: string } | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) return { code: cause.code, details: cause.details };
  }
  return undefined;
}
