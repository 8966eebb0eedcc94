import type { MergeAnswer } from '../../contracts/repository/merge.ts';
import type { Deliver, RepositorySpec } from '../../contracts/repository/spec.ts';
import type {
  CheckStatus,
  Delivered,
  MergeStatus,
  RepositoryCommand,
} from '../../contracts/repository/view.ts';
import type { ChangeSize, DiffRefs, MergingWork, RepositoryPoint } from '../../contracts/repository/work.ts';
import { resultBranch } from './refs.ts';

/** The repository of a job, in its state. The refs on a host follow `head_sha`. */
export interface RepositoryState {
  location: string;
  /** what was fetched and pinned; null: not yet */
  base: PinnedBase | null;
  commands: Record<'setup' | 'check' | 'lock', RepositoryCommand>;
  deliver: Deliver | null;
  avoid_conflicts: boolean;
  branch: string;
  /** null until the base is there */
  head_sha: string | null;
  head_bundle: string | null;
  /** counts the moves of the head, and the changes of host */
  fence: number;
  /** how long a run of the check, or of the setup, may take */
  check_timeout_seconds: number;
  /** why nothing can be merged or delivered now, and when it is tried again; null: nothing is in the way */
  trouble: Trouble | null;
  /** from the base to the head; null: nothing has landed */
  change: (ChangeSize & DiffRefs) | null;
  landed: number;
  base_check: CheckState;
  head_check: CheckState;
  /** work that waits for its turn, first come first */
  queue: QueuedWork[];
  /** of a candidate that failed with several: they are tried in smaller parts */
  suspects: string[];
  /** what is merged and checked now; begun anew by a run that finds it */
  candidate: string[] | null;
  /** what people decided and tasks have still to be told */
  answers: { task_id: string; answer: MergeAnswer }[];
  delivered: Delivered | null;
}

/** The commit that a job starts from. */
export interface PinnedBase {
  branch: string;
  sha: string;
  /** hash of a bundle of it; null: the repository has it */
  bundle: string | null;
  /** hash of a text for the planner: what is in it */
  overview_ref: string;
  /** see {@link RepositoryPoint} */
  origin_sha?: string;
}

export interface Trouble {
  message: string;
  tries: number;
  retry_at: string;
}

export interface CheckState {
  status: CheckStatus;
  /** hash of what it printed */
  log_ref: string | null;
  /** how it ended, where it failed */
  how?: string;
  /** files that say what it does and that were changed: the base's are what judged. Left out: none */
  definition_changed?: string[];
}

/** The work of one attempt, waiting to be merged. */
export interface QueuedWork {
  task_id: string;
  generation: number;
  head_sha: string;
  bundle_ref: string | null;
  /** paths that it touches; null: too many to name, it touches everything */
  files: string[] | null;
}

/** A task's part of it. */
export interface TaskWork extends ChangeSize, Partial<DiffRefs> {
  /** what its attempts start from */
  base_sha: string;
  head_sha: string | null;
  bundle_ref: string | null;
  commits: number;
  ignored_files: number;
  merge: Exclude<MergeStatus, 'setting_up'>;
  merge_sha: string | null;
  /** where it did not merge */
  conflict?: WorkConflict;
  /** of a task that resolves: the one whose work it brings together with the head */
  resolves?: MergingWork;
}

export interface WorkConflict {
  files: string[];
  hunks_ref: string;
  requested_at: string;
  /** the task that brings the two together; null: a person is to decide */
  resolver: string | null;
  /** a person was told */
  asked?: true;
}

const nothing: RepositoryCommand = { command: null, source: 'none' };

/** The repository of a job that was just submitted. */
export const newRepositoryState = (jobId: string, spec: RepositorySpec): RepositoryState => ({
  location: spec.location,
  base: null,
  commands: { setup: nothing, check: nothing, lock: nothing },
  deliver: spec.deliver,
  avoid_conflicts: spec.avoid_conflicts,
  branch: resultBranch(jobId),
  head_sha: null,
  head_bundle: null,
  fence: 0,
  check_timeout_seconds: 1800,
  trouble: null,
  change: null,
  landed: 0,
  base_check: { status: 'pending', log_ref: null },
  head_check: { status: 'none', log_ref: null },
  queue: [],
  suspects: [],
  candidate: null,
  answers: [],
  delivered: null,
});

/** A task's part of it before anything was done. */
export const newTaskWork = (base_sha: string): TaskWork => ({
  base_sha,
  head_sha: null,
  bundle_ref: null,
  commits: 0,
  files_changed: 0,
  insertions: 0,
  deletions: 0,
  ignored_files: 0,
  merge: 'none',
  merge_sha: null,
});

/** How the job stands, for activities. Only once the base is there. */
export function pointOf(
  job: { job_id: string; owner: string },
  repository: RepositoryState,
): RepositoryPoint {
  const { location, base, head_sha, fence, head_bundle } = repository;
  return {
    job_id: job.job_id,
    owner: job.owner,
    location,
    base_branch: base!.branch,
    base_sha: base!.sha,
    head_sha: head_sha!,
    fence,
    base_bundle: base!.bundle,
    head_bundle,
    ...(base!.origin_sha ? { origin_sha: base!.origin_sha } : {}),
  };
}
