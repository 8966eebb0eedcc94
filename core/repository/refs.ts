/**
 * Names of branches and other refs of jobs, see git-check-ref-format(1). Ids of tasks may hold what a ref may not
 * (`a..b`, `x.lock`, a dot at the end): a dot becomes `=2e` there. Ids have no `=`, so that no two names meet.
 */
const legal = (id: string): string => (/\.\.|\.lock$|\.$/.test(id) ? id.replaceAll('.', '=2e') : id);

/** The branch that a job's results are gathered in. A branch `orchestrator/<job>` could have none below it. */
export const resultBranch = (jobId: string): string => `orchestrator/${legal(jobId)}/result`;

/** The branch of a task's work. */
export const taskBranch = (jobId: string, taskId: string): string =>
  `orchestrator/${legal(jobId)}/tasks/${legal(taskId)}`;

/** Where work of an attempt is kept that did not land, `n` counted from 1. */
export const rejectedBranch = (jobId: string, taskId: string, n: number): string =>
  `${taskBranch(jobId, taskId)}-rejected-${n}`;

/** What a job started from, kept there though the branch moves on. */
export const baseBranchOf = (jobId: string): string => `orchestrator/${legal(jobId)}/base`;

/** Below this are all refs of a job. */
export const jobRefs = (jobId: string): string => `refs/heads/orchestrator/${legal(jobId)}/`;

/** The job that a ref is of; null: it is of none. */
export const jobOfRef = (ref: string): string | null =>
  /^refs\/heads\/orchestrator\/([^/]+)\//.exec(ref)?.[1]?.replaceAll('=2e', '.') ?? null;
