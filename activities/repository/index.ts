import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { attemptFailure } from '../attempt-failure.ts';
import { holdRun } from '../command/held-runs.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Activities } from '../types.ts';
import { checkCommit } from './check/check.ts';
import { prepareTask } from './clone/prepare.ts';
import { bringIn } from './commit/bring-in.ts';
import { handIn } from './commit/hand-in.ts';
import { deliverWork } from './deliver/deliver.ts';
import { repositoryEngine } from './engine.ts';
import { landMerge } from './merge/land.ts';
import { mergeWork } from './merge/merge.ts';
import { openRepository } from './open.ts';

type RepositoryActivities = Pick<
  Activities,
  | 'openRepository'
  | 'prepareClone'
  | 'commitWork'
  | 'bringIn'
  | 'mergeWork'
  | 'checkCommit'
  | 'landMerge'
  | 'deliverWork'
>;

const HEARTBEAT_SECONDS = 10;

/** Work with repositories, in mirrors and clones on this host. Each may be repeated with the same input. */
export function createRepositoryActivities(deps: ActivityDeps): RepositoryActivities {
  const engine = repositoryEngine(deps);
  const held = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    holdRun(Context.current(), HEARTBEAT_SECONDS, (signal) => work(signal).catch(told));
  return {
    openRepository: (input) => held((signal) => openRepository(engine, input, signal)),
    prepareClone: (input) => held((signal) => prepareTask(engine, input, signal)),
    commitWork: (input) => held((signal) => handIn(engine, input, signal)),
    bringIn: (input) => held((signal) => bringIn(engine, input, signal)),
    mergeWork: (input) => held((signal) => mergeWork(engine, input, signal)),
    checkCommit: (input) => held((signal) => checkCommit(engine, input, signal)),
    landMerge: (input) => held((signal) => landMerge(engine, input, signal)),
    deliverWork: (input) => held((signal) => deliverWork(engine, input, signal)),
  };
}

/** By the type of what the engine throws: the code of the attempt's error, and whether another attempt may do better. */
const OF_ATTEMPT: Record<string, { code: string; retryable: boolean }> = {
  CommitRefused: { code: 'commit_refused', retryable: true },
  BundleRefused: { code: 'bundle_refused', retryable: true },
  CloneMissing: { code: 'clone_missing', retryable: true },
  SetupFailed: { code: 'setup_failed', retryable: false },
};

/** What is wrong with the work of an attempt ends that attempt; anything else is what it is. */
function told(error: unknown): never {
  const kind = error instanceof ApplicationFailure ? OF_ATTEMPT[error.type ?? ''] : undefined;
  if (!kind) throw error;
  const [message = '', ...rest] = (error as ApplicationFailure).message.split('\n');
  const tail = rest.join('\n');
  throw attemptFailure({ ...kind, message, ...(tail === '' ? {} : { tail }) });
}
