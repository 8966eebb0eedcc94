import { condition } from '@temporalio/workflow';
import { jobWarnings } from '../../core/journal/view.ts';
import { type JobState, jobStatus } from '../../core/state/job-state.ts';
import type { PlannedAnswer } from '../types.ts';
import type { Job } from './context.ts';

/** Characters of a plan's JSON up to which the answer has it: the answer stays in the history. */
const MAX_CHARS = 8000;

/** Answers the update `planned`: when there is a plan, or the job's end; before, where it goes on in a new run. */
export async function onPlanned(job: Job): Promise<PlannedAnswer> {
  const { state } = job;
  await condition(() => job.continuing || isPlanned(state));
  const status = jobStatus(state);
  const { plan } = state;
  const fits = plan !== null && status !== 'planning' && JSON.stringify(plan).length <= MAX_CHARS;
  return { status, seq: state.journal.next_seq - 1, warnings: jobWarnings(state), plan: fits ? plan : null };
}

function isPlanned(state: JobState): boolean {
  const status = jobStatus(state);
  // what needs nobody's approval gets it in the same moment
  const isApproved = state.spec.approval === 'auto' && state.plan_problems.length === 0;
  return status !== 'planning' && !(status === 'awaiting_approval' && isApproved);
}
