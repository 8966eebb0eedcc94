import type { SandboxKind } from '../sandbox.ts';
import type { DelegatedBase } from './delegated.ts';
import type { RepositoryPoint } from './point.ts';
import type { Deliver } from './spec.ts';
import type { PullRequestStory } from './story.ts';
import type { Delivered, RepositoryCommand } from './view.ts';

export type { RepositoryPoint } from './point.ts';

/**
 * What the activities of repository jobs take and give. They run on the host with the job's folder; `at` says how the
 * job stands, and is the truth: what a host has of it is brought to that first, from the repository or from bundles.
 */

/** What counts in a change. */
export interface ChangeSize {
  files_changed: number;
  insertions: number;
  deletions: number;
}

/** Hashes of a diff's two forms in the content store. */
export interface DiffRefs {
  /** unified, UTF-8 as far as the files are; cut after 20 MB, which its last line says */
  patch_ref: string;
  /** JSON of a `DiffStat` */
  stat_ref: string;
}

export interface OpenRepositoryInput {
  job_id: string;
  owner: string;
  location: string;
  base_branch: string | null;
  commands: Partial<Record<'setup' | 'check' | 'lock', string | null>>;
  deliver: Deliver | null;
  /** title and description of the job: files that they name are shown to the planner */
  about: string;
  /** the work of a task that had it planned: it begins there. Left out: at the base branch */
  from?: DelegatedBase;
}

/** A repository that was fetched, and its base pinned. */
export interface OpenedRepository {
  base_branch: string;
  base_sha: string;
  base_bundle: string | null;
  /** see {@link RepositoryPoint} */
  origin_sha?: string;
  commands: Record<'setup' | 'check' | 'lock', RepositoryCommand>;
  /** null: it has no delivery of its own, a task of another job goes on with what it did */
  deliver: Deliver | null;
  /** hash of a text for the planner: what is in the repository */
  overview_ref: string;
  /** how long a run of the check, or of the setup, may take */
  check_timeout_seconds: number;
  warnings: string[];
  /** what guards its commands on this host; left out by workers of earlier versions */
  sandbox?: SandboxKind;
}

export interface PrepareCloneInput {
  at: RepositoryPoint;
  task_id: string;
  attempt: number;
  /** what the task starts from: the head when it was first started */
  from_sha: string;
  /** null: none */
  setup_command: string | null;
  /** an earlier attempt's clone is not gone on with */
  fresh: boolean;
  /** work that is to be brought together with `from_sha`: it lies there as git merges it, conflicts marked */
  merging?: MergingWork;
  /** paths and globs that the task is to change: what the repository tells about them is looked for */
  files?: string[];
  no_commands?: true;
}

export interface PreparedClone {
  /** what an earlier attempt left there, kept aside; left out: nothing */
  left?: KeptAside;
  /** hash of what the repository tells those who work in it; null: nothing */
  instructions_ref: string | null;
}

export interface CommitInput {
  at: RepositoryPoint;
  task_id: string;
  title: string;
  attempt: number;
  from_sha: string;
  /** ISO time that becomes the dates of the commit, so that a repetition makes the same */
  committed_at: string;
  /** who did it */
  agent: string;
  /** `clone`: what lies in the task's folder; `pushed`: the bundle that was put last; `failed`: like clone, kept aside */
  source: 'clone' | 'pushed' | 'failed';
  /** of what was pushed, what was put before this attempt began does not count: the agent has its say with each */
  of_attempt?: true;
  /** becomes a parent too; a file in which marks of conflicts are left is refused */
  merging?: MergingWork;
}

/** The work of a task as a commit. */
export interface Committed extends ChangeSize, Partial<DiffRefs> {
  /** equal to `from_sha`: nothing was changed */
  head_sha: string;
  /** above `from_sha` */
  commits: number;
  ignored_files: number;
  /** paths that differ, old and new; null: too many to name */
  files: string[] | null;
  /** hash of a bundle from `from_sha` to `head_sha`; null: nothing was changed */
  bundle_ref: string | null;
  warnings: string[];
}

/** Work of an attempt that failed. */
export type KeptAside = ChangeSize & Pick<Committed, 'head_sha' | 'bundle_ref'>;

/** One task's work that is to be merged. */
export interface MergePart {
  task_id: string;
  title: string;
  head_sha: string;
  bundle_ref: string | null;
}

export interface MergeInput {
  at: RepositoryPoint;
  /** in this order */
  parts: MergePart[];
  lock_command: string | null;
  merged_at: string;
  no_commands?: true;
}

/** Why a part does not merge. */
export interface Conflict {
  task_id: string;
  files: string[];
  /** hash of a text with the hunks, as git marks them (diff3), the first 100,000 characters */
  hunks_ref: string;
}

/** A commit that has the parts up to the first that does not merge. */
export interface Candidate {
  /** null: already the first part does not merge */
  candidate_sha: string | null;
  /** task_ids in it */
  merged: string[];
  /** of the part after those; the rest was not tried. Null: all merged */
  conflict: Conflict | null;
}

export interface CheckInput {
  at: RepositoryPoint;
  sha: string;
  /** bundles that may be needed to have it, where it is not on the host */
  parts: MergePart[];
  setup_command: string | null;
  check_command: string;
  timeout_seconds: number;
  /** for the log and its lines: `base`, or the task that is merged last */
  about: string;
}

export interface Checked {
  passed: boolean;
  /** in words: `exit code 1`, `not done within 1800 s` */
  how: string;
  /** the end of what it printed */
  tail: string;
  /** hash of all that it printed */
  log_ref: string;
  seconds: number;
  /** it failed once and passed when it was repeated */
  flaky: boolean;
  /** files that say what the check does and differ from those of the base, whose version judged */
  definition_changed: string[];
}

export interface LandInput {
  at: RepositoryPoint;
  /** becomes the head */
  candidate_sha: string;
  /** the fence that goes with it, greater than that of `at` */
  fence: number;
}

/** A head that has moved. */
export interface Landed extends ChangeSize, DiffRefs {
  head_sha: string;
  /** null: nothing has landed that the base does not have */
  head_bundle: string | null;
}

export interface DeliverInput {
  at: RepositoryPoint;
  deliver: Deliver;
  /** for the pull request */
  story: PullRequestStory;
}

export type DeliverResult =
  | { ok: true; delivered: Delivered }
  | { ok: false; message: string; retryable: boolean };

/** Where the diffs and bundles of a job are, as hashes of the content store. */
export interface JobChanges {
  /** null: the repository has the base, see its URL */
  base_bundle: string | null;
  base_sha: string | null;
  head_sha: string | null;
  /** from the base to the head; null: nothing has landed */
  head_bundle: string | null;
  diff: DiffRefs | null;
  /** by task_id, of the latest attempt that left something */
  tasks: Record<string, TaskChanges>;
}

export interface TaskChanges {
  base_sha: string;
  head_sha: string;
  /** null: nothing was changed */
  bundle: string | null;
  diff: DiffRefs | null;
}

/** What a task is told of the repository that it works in. */
export interface TaskRepository {
  /** as of the start */
  at: RepositoryPoint;
  /** what its attempts start from; the head of `at` */
  from_sha: string;
  setup_command: string | null;
  check_command: string | null;
  /** left out by jobs of earlier versions */
  lock_command?: string | null;
  /** hash of what the repository tells those who work on the task's files; left out: nothing */
  instructions_ref?: string;
  /** whose work it is to bring together with the head */
  merging?: MergingWork;
}

export interface MergingWork {
  task_id: string;
  head_sha: string;
  bundle_ref: string | null;
}
