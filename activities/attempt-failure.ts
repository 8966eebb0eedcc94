import { ApplicationFailure } from '@temporalio/common';
import type { AttemptError } from '../contracts/attempt.ts';
import { ATTEMPT_FAILED } from '../contracts/attempt-codes.ts';

/** The failure that ends an attempt: Temporal does not repeat it, the task's workflow decides. */
export function attemptFailure(error: AttemptError): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(error.message, ATTEMPT_FAILED, error);
  // an agent's failure is no fault of the code: a stack in the history would only mislead
  failure.stack = '';
  return failure;
}
