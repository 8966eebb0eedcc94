import type { AttemptError } from '../attempt.ts';
import type { RepositoryPoint } from './work.ts';

/** What a task is told of the work that it handed in. */
export type MergeAnswer =
  /** `merge_sha` null: it changed nothing */
  | { merge: 'landed'; merge_sha: string | null }
  /** its agent is to try again, from `at` */
  | { merge: 'again'; error: AttemptError; at: RepositoryPoint }
  /** somebody pushed what is to be merged in its place */
  | { merge: 'pushed'; at: RepositoryPoint };
