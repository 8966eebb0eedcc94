import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import type { CallSubject } from '../../contracts/model-call.ts';
import { providerDown } from '../../core/journal/alerts.ts';
import { reserve, settleLease, whyDenied } from '../../core/money/budget.ts';
import { setReview } from '../../core/schedule/ending.ts';
import { isAttended } from '../../core/state/job-state.ts';
import { askModel, type CallOutcome, type JobBudget } from '../model-call.ts';
import { changed, type Job, placeOf } from './context.ts';

/** Time that one model call of the job itself may take. */
const CALL_TIMEOUT_SECONDS = 600;

/**
 * Asks a model for the job itself (planning, synthesis, verification), out of the job's budget. Without money the
 * job waits in review for more. Null when the job ends, or a person accepts what there is, in the meantime.
 */
export async function askForJob(job: Job, subject: CallSubject): Promise<CallOutcome | null> {
  const { spec, budget } = job.state;
  const outcome = await interruptible(job, () =>
    askModel(budgetOf(job), {
      job_id: job.state.job_id,
      subject,
      provider: spec.provider,
      model: spec.model,
      capped: budget.limit_usd !== null,
      heartbeat_seconds: job.settings.heartbeat_seconds,
      timeout_seconds: CALL_TIMEOUT_SECONDS,
      ...placeOf(job),
    }),
  );
  if (outcome?.status === 'answered' && outcome.estimated) {
    job.emit([{ type: 'usage.estimated', data: outcome.estimated }]);
  }
  if (outcome?.status === 'failed') job.emit(providerDown(job.state, outcome.error));
  return outcome;
}

/** Runs something that is cut off as soon as the job's end is certain, or a person goes on without it: null then. */
export async function interruptible<R>(job: Job, run: () => Promise<R>): Promise<R | null> {
  const { state } = job;
  const accepted = state.accepted_by;
  const isCut = () => state.ending !== null || state.accepted_by !== accepted;
  if (state.ending) return null;
  const scope = new CancellationScope({ cancellable: true });
  let done = false;
  void condition(() => done || isCut()).then(() => done || scope.cancel());
  try {
    return await scope.run(run);
  } catch (error) {
    if (isCancellation(error) && isCut()) return null;
    throw error;
  } finally {
    done = true;
  }
}

function budgetOf(job: Job): JobBudget {
  const { state } = job;
  return {
    async reserve(lease_id, amount_usd, least_usd) {
      for (;;) {
        const events = reserve(state.budget, { lease_id, task_id: null, amount_usd }, least_usd);
        if (events) {
          job.emit(events);
          return { refused: null, amount_usd: state.budget.leases[lease_id]!.amount_usd };
        }
        const why = whyDenied(state.budget, { amount_usd, least_usd });
        if (state.accepted_by || !isAttended(state.spec)) return { refused: why };
        const message = `${why}, or finish the job with what it has`;
        job.emit(setReview(state, { code: 'budget_exhausted', message }));
        await changed(job, job.version);
      }
    },
    async settle(lease_id, spent_usd) {
      job.emit(settleLease(state.budget, lease_id, spent_usd));
    },
    async park(until, why) {
      job.emit([{ type: 'task.parked', data: { parked_until: until, why } }]);
      const left = new Date(until).getTime() - Date.now();
      if (left > 0) await sleep(left);
    },
  };
}
