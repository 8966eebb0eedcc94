import { z } from 'zod';
import { orNull } from '../nullable.ts';
import { SandboxKind } from '../sandbox.ts';
import { Deliver } from './spec.ts';

/** Where the work of a task stands on its way into the branch of the job. */
export const MergeStatus = z
  .enum(['none', 'setting_up', 'waiting', 'queued', 'checking', 'landed', 'taken_back', 'conflict'])
  .meta({ id: 'MergeStatus' })
  .describe(
    'none: nothing is committed; setting_up: the same, and the folder of the task is being made ready (the setup command runs, or what it made is copied); waiting: behind a conflict or a person; queued: its turn comes; checking: in the candidate that is checked now; landed: in the branch; taken_back: the check failed with it; conflict: it does not merge',
  );
export type MergeStatus = z.infer<typeof MergeStatus>;

/** What the check says about the base, or about the latest candidate. */
export const CheckStatus = z
  .enum(['none', 'pending', 'running', 'passed', 'failed', 'stale'])
  .meta({ id: 'CheckStatus' })
  .describe('none: there is no check command; stale: the branch has moved on since');
export type CheckStatus = z.infer<typeof CheckStatus>;

/** A command of the repository, and where it is from. */
export const RepositoryCommand = z
  .object({
    command: z.string().nullable(),
    source: z
      .enum(['submission', 'file', 'found', 'none'])
      .describe('file: .orchestrator.yaml of the base; found: from what lies in the repository'),
  })
  .meta({ id: 'RepositoryCommand' });
export type RepositoryCommand = z.infer<typeof RepositoryCommand>;

/** Where the result of a job went. */
export const Delivered = z
  .object({
    kind: Deliver,
    ref: z.string().describe('the branch'),
    pull_request: z.string().nullable().describe('its URL'),
  })
  .meta({ id: 'Delivered' });
export type Delivered = z.infer<typeof Delivered>;

/** The repository of a job, in its status. */
export const RepositoryView = z
  .object({
    url: z.string().describe('path or URL, without credentials'),
    base_branch: z.string().nullable(),
    base_sha: z.string().nullable().describe('null: not fetched yet'),
    branch: z.string().describe('where the results are gathered'),
    head_sha: z.string().nullable(),
    setup: RepositoryCommand,
    check: RepositoryCommand.extend({
      base: CheckStatus,
      status: CheckStatus.describe('of the head of the branch'),
      log_ref: z.string().nullable().describe('hash of what the last check printed'),
    }),
    lock: RepositoryCommand,
    deliver: orNull(Deliver).describe(
      'null: not settled yet, or never: a job that a task had planned delivers nothing, its result comes into the work of that task',
    ),
    delivered: orNull(Delivered),
    sandbox: SandboxKind.nullable().describe(
      'what guards its commands, and git over the folders of its tasks, see docs/sandbox.md; null: no host works on it yet',
    ),
    landed: z.int().describe('tasks whose work is in the branch'),
    queue: z.array(z.string()).describe('task_ids whose work waits for its merge, the next one first'),
    files_changed: z.int(),
    insertions: z.int(),
    deletions: z.int(),
  })
  .meta({ id: 'Repository' });
export type RepositoryView = z.infer<typeof RepositoryView>;

/** The work of a task in the repository, in the status of its job. */
export const TaskRepositoryView = z
  .object({
    branch: z.string(),
    base_sha: z.string().nullable().describe('what it started from'),
    head_sha: z.string().nullable(),
    commits: z.int(),
    files_changed: z.int(),
    insertions: z.int(),
    deletions: z.int(),
    ignored_files: z.int().describe('files that were left out because the repository ignores them'),
    merge: MergeStatus,
    merge_sha: z.string().nullable().describe('of the commit by which it landed'),
    conflict_files: z.array(z.string()).optional(),
  })
  .meta({ id: 'TaskRepository' });
export type TaskRepositoryView = z.infer<typeof TaskRepositoryView>;

/** A file of a diff. */
export const DiffFile = z
  .object({
    path: z.string().describe('bytes that are not UTF-8 as U+FFFD'),
    old_path: z.string().optional().describe('of a renamed file'),
    status: z.enum(['added', 'modified', 'deleted', 'renamed', 'type_changed']),
    insertions: z.int().nullable().describe('null: a binary file'),
    deletions: z.int().nullable(),
  })
  .meta({ id: 'DiffFile' });
export type DiffFile = z.infer<typeof DiffFile>;

/** `GET .../diff?format=json`: the files that differ. */
export const DiffStat = z
  .object({
    base_sha: z.string(),
    head_sha: z.string(),
    files: z.array(DiffFile),
    files_changed: z.int(),
    insertions: z.int(),
    deletions: z.int(),
    truncated: z.boolean().describe('only the first 10,000 files are listed'),
  })
  .meta({ id: 'DiffStat' });
export type DiffStat = z.infer<typeof DiffStat>;
