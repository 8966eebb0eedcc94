import { ApplicationFailure } from '@temporalio/common';

/**
 * Why something with a repository can't be done, however often it is tried:
 * `RepositoryRefused`: the repository is not one that jobs can work in, or is gone;
 * `StalePoint`: the job has moved on, and what was asked for belongs to an earlier state of it;
 * `CloneMissing`: the task's folder is not on this host;
 * `CommitRefused`: what lies in the folder can't be committed, and the message says what to change;
 * `BundleRefused`: a bundle from outside is not what it has to be.
 */
export type RepositoryFailure =
  | 'RepositoryRefused'
  | 'StalePoint'
  | 'CloneMissing'
  | 'CommitRefused'
  | 'BundleRefused';

/** A failure that Temporal does not repeat; its message is for people. */
export function repositoryFailure(type: RepositoryFailure, message: string): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(message, type);
  failure.stack = ''; // the code is not at fault: a stack in the history would mislead
  return failure;
}
