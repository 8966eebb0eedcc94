import type { ApprovalView } from '../../contracts/view.ts';
import * as messages from '../../workflows/messages.ts';
import type { TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';

/** A task that adds its name to the line of `a.txt`, to what it finds there: two of them do not merge. */
export const addsTo = (task_id: string) => ({
  task_id,
  title: `Write ${task_id}`,
  command: `{ cat a.txt; echo ${task_id}; } | paste -sd+ > b.txt; mv b.txt a.txt`,
  max_attempts: 3,
});

export const approvalsOf = ({ handle }: TestJob): Promise<ApprovalView[]> =>
  handle.query(messages.approvalsQuery);

/** Waits for the request of a decision about a conflict. */
export const decisionAsked = (job: TestJob): Promise<ApprovalView> =>
  until(async () => (await approvalsOf(job)).find(({ kind }) => kind === 'conflict'), {
    timeoutMs: 60_000,
    what: 'a conflict that waits for a person',
  });

export const decide = (job: TestJob, { approval_id }: ApprovalView, answer: string, rest: object = {}) =>
  job.update('decide_approval', { approval_id, decision: 'approve', answer, ...rest });

/** Why a command was refused. */
export const refusalOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    ({ cause }: { cause: { details: unknown[] } }) => cause.details[0],
  );
