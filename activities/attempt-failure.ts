import { ApplicationFailure } from '@temporalio/common';
import { ATTEMPT_FAILED, type AttemptError } from '../contracts/attempt.ts';

/** The failure that ends an attempt: Temporal does not repeat it, the task's workflow decides. */
export function attemptFailure(error: AttemptError): ApplicationFailure {
  return ApplicationFailure.nonRetryable(error.message, ATTEMPT_FAILED, error);
}
