import { CancellationScope } from '@temporalio/workflow';
import { isCarriedOut, type JobState } from '../../core/state/job-state.ts';
import { awaitsDecision, type Recovery, recover } from '../../core/state/recover.ts';
import type { JobEnd, JobInput } from '../types.ts';
import { type Children, childrenOf, running } from './children.ts';
import { close, closeAgain } from './close.ts';
import { synthesize, untilDecided, verify } from './conclude.ts';
import { type Job, now } from './context.ts';
import { continueIfLongUnapproved, recoverAfterReset } from './continue.ts';
import { keepDeadline } from './deadline.ts';
import { execute } from './execute.ts';
import { followCancel, setHandlers } from './handlers.ts';
import { keepFlushing } from './journal.ts';
import { openJob } from './open.ts';
import { readInParts } from './parts.ts';
import { checkVersion, planUntilApproved } from './planning.ts';
import { reportBack } from './report-back.ts';
import { repositoryStory } from './repository-story.ts';
import { publishSummary } from './summary.ts';

/**
 * A job: plan, await approval, execute, synthesize, verify, archive.
 *
 * Cancelling the workflow from outside (the Temporal Web UI) is the same as the command `cancel`. It would cancel
 * the root scope for good, so the whole story runs in a scope of its own that only the command can end.
 */
export async function jobWorkflow(input: JobInput): Promise<JobEnd> {
  let job: Job | null = null;
  const run = async () => {
    const { state_refs, recovery_refs, ...rest } = input;
    const recovery = recovery_refs ? await readInParts<Recovery>(recovery_refs) : null;
    const state = recovery?.state ?? (state_refs ? await readInParts<JobState>(state_refs) : rest.state);
    job = openJob({ ...rest, ...(state ? { state } : {}) });
    const children = childrenOf(job);
    setHandlers(job, children);
    return tellStory(job, children, { ...rest, recovery });
  };
  return Promise.race([run(), recoverAfterReset(input, () => job)]);
}

async function tellStory(
  job: Job,
  children: Children,
  { actor, recovery }: JobInput & { recovery: Recovery | null },
): Promise<JobEnd> {
  const { state } = job;
  const isNew = state.journal.next_seq === 1;
  const root = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    if (recovery && state.phase === 'closed') return closeAgain(job, keepFlushing(job));
    const recovered = recovery ? recover(recovery, now()) : [];
    const journal = keepFlushing(job);
    job.emit(recovered);
    void root.cancelRequested.catch(() => followCancel(job, 'temporal'));
    if (isNew) {
      job.emit([
        { type: 'job.submitted', actor: actor ?? state.owner, data: { title: state.spec.title } },
        { type: 'job.planning', data: {} },
      ]);
    }
    publishSummary(job);
    keepDeadline(job);

    if (state.spec.repository && !state.ending) {
      const story = await repositoryStory();
      await story.openRepository(job);
      story.checkBase(job);
    }
    // of a plan that is being carried out, execute takes care
    if (state.approved_version === null) {
      await planUntilApproved(job, () => continueIfLongUnapproved(job, children, journal));
    }
    // what was approved after where the job was reset to, this run has not looked at yet
    if (state.approved_version !== null && state.snapshot === null) await checkVersion(job);
    let goesOn = recovery === null || !awaitsDecision(state) || (await untilDecided(job));
    // a run that was continued while the job was ending has tasks to stop yet
    while (goesOn && (!state.ending || running(job).length > 0)) {
      publishSummary(job);
      await execute(job, children, journal);
      if (state.ending) break;
      await synthesize(job);
      if (state.ending) break;
      await verify(job);
      goesOn = isCarriedOut(state);
    }
    if (state.repository && !state.ending) await (await repositoryStory()).deliver(job);
    state.ending ??= { status: 'completed', error: null };
    await reportBack(job);
    await close(job, journal);
    return { job_id: state.job_id, status: state.ending!.status };
  });
}
