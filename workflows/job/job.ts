import { CancellationScope } from '@temporalio/workflow';
import { isCarriedOut } from '../../core/job-state.ts';
import type { JobInput } from '../types.ts';
import { childrenOf, running } from './children.ts';
import { close } from './close.ts';
import { synthesize, verify } from './conclude.ts';
import { openJob } from './context.ts';
import { keepDeadline } from './deadline.ts';
import { execute } from './execute.ts';
import { followCancel, setHandlers } from './handlers.ts';
import { keepFlushing } from './journal.ts';
import { readInParts } from './parts.ts';
import { planUntilApproved } from './planning.ts';
import { reportBack } from './report-back.ts';
import { publishSummary } from './summary.ts';

/**
 * A job: plan, await approval, execute, synthesize, verify, archive.
 *
 * Cancelling the workflow from outside (the Temporal Web UI) is the same as the command `cancel`. It would cancel
 * the root scope for good, so the whole story runs in a scope of its own that only the command can end.
 */
export async function jobWorkflow(given: JobInput): Promise<{ job_id: string; status: string }> {
  const { state_refs, ...rest } = given;
  const input: JobInput = state_refs ? { ...rest, state: await readInParts(state_refs) } : rest;
  const job = openJob(input);
  const { state } = job;
  const root = CancellationScope.current();
  const children = childrenOf(job);
  setHandlers(job, children);

  return CancellationScope.nonCancellable(async () => {
    const journal = keepFlushing(job);
    void root.cancelRequested.catch(() => followCancel(job, 'temporal'));
    if (!input.state) {
      job.say([
        { type: 'job.submitted', actor: input.actor ?? state.owner, data: { title: state.spec.title } },
        { type: 'job.planning', data: {} },
      ]);
    }
    publishSummary(job);
    keepDeadline(job);

    // of a plan that is being carried out, execute takes care
    if (state.approved_version === null) await planUntilApproved(job);
    // a run that was continued while the job was ending has tasks to stop yet
    while (!state.ending || running(job).length > 0) {
      publishSummary(job);
      await execute(job, children, journal);
      if (state.ending) break;
      await synthesize(job);
      if (state.ending) break;
      await verify(job);
      if (!isCarriedOut(state)) break;
    }
    state.ending ??= { status: 'completed', error: null };
    await reportBack(job);
    await close(job, journal);
    return { job_id: state.job_id, status: state.ending!.status };
  });
}
