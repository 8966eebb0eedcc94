import { changeChecked, isUnchecked } from '../../core/commands/change-plan.ts';
import { type Job, now } from './context.ts';
import { approvalRequest, checkVersion } from './planning.ts';

/** Holds a change of the running plan against the roster, and puts it into force or before a person. */
export async function settleChange(job: Job): Promise<void> {
  const { state } = job;
  while (!state.ending && isUnchecked(state)) {
    await checkVersion(job);
    // changed again in the meantime
    if (state.ending || !state.changing || isUnchecked(state)) continue;
    const { events, waits } = changeChecked(state, now());
    job.emit([...events, ...(waits ? approvalRequest(job) : [])]);
  }
}
