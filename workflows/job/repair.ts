import type { Verdict } from '../../contracts/model-call.ts';
import { approvePlan, rejectRepairs } from '../../core/commands/plan.ts';
import { addRepairs, planRepairs } from '../../core/plan/repair.ts';
import { issuesText } from '../../core/plan/validate.ts';
import { type Job, now } from './context.ts';
import { approvalRequest, checkVersion, planUntilApproved, takeSnapshot } from './planning.ts';

/**
 * Adds tasks that repair what is unmet, as a new version of the plan. The first approval covers it, unless every
 * version has to be approved: then it waits for a person. Gives why there is none; null when it was added, and then
 * the job is executing again, ends, or is in review, because a person rejected it.
 */
export async function repair(job: Job, unmet: Verdict[]): Promise<string | null> {
  const { state } = job;
  // without rounds left there is nothing to look up
  if (state.repair_rounds < state.spec.max_repair_rounds) await takeSnapshot(job, null);
  if (state.ending) return null;
  const { tasks, why } = planRepairs(state, unmet);
  if (tasks === null) return why;
  job.emit(addRepairs(state, tasks));
  await settleRepairs(job);
  return null;
}

/** Checks the version with new repairs, and has it approved, by whoever is to do that. */
export async function settleRepairs(job: Job): Promise<void> {
  const { state } = job;
  const covered_by = state.approved_version!;
  await checkVersion(job);
  if (state.ending) return;
  if (state.spec.approval === 'every_version') {
    state.phase = 'awaiting_approval';
    job.emit(approvalRequest(job));
    await planUntilApproved(job);
  } else if (state.plan_problems.length > 0) {
    const problems = issuesText(state.plan_problems);
    job.emit(rejectRepairs(state, now(), `the repairs cannot run (${problems})`));
  } else {
    job.emit(approvePlan(state, now(), undefined, `covered by the approval of version ${covered_by}`));
  }
}
