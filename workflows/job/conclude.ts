import type { DependencyResult } from '../../contracts/artifact.ts';
import type { Verdict } from '../../contracts/model-call.ts';
import type { Criterion } from '../../contracts/plan.ts';
import { reopen } from '../../core/boss/reopen.ts';
import { bossTask } from '../../core/boss/team.ts';
import { dependencyResults } from '../../core/journal/view.ts';
import { pointOf } from '../../core/repository/state.ts';
import { setReview, unmetError } from '../../core/schedule/ending.ts';
import { isCarriedOut, isLed, plannedTasks } from '../../core/state/job-state.ts';
import { hasNewRepairs } from '../../core/state/recover.ts';
import { fittingResults } from '../../core/text/fit.ts';
import { patient, workOnHost } from '../activities.ts';
import type { CallOutcome } from '../model-call.ts';
import { askUntilValid } from './ask-until-valid.ts';
import { hostOf } from './children.ts';
import { changed, type Job, placeOf } from './context.ts';
import { askForJob, interruptible } from './model.ts';
import { planUntilApproved } from './planning.ts';
import { repair, settleRepairs } from './repair.ts';

/** Time that the command of one criterion may take. */
const CHECK_TIMEOUT_SECONDS = 600;

/**
 * Puts the results together: by a model where there is one, else a report that says that no model made it; not at all
 * where the results are to stand for themselves.
 */
export async function synthesize(job: Job): Promise<void> {
  const { state } = job;
  state.phase = 'synthesizing';
  state.review = null;
  if (state.spec.synthesis === 'none') return;
  job.emit([{ type: 'job.synthesizing', data: {} }]);
  const { objectives, acceptance_criteria } = state.plan!;
  const summary = bossTask(state)?.output;
  if (summary) {
    // the boss has put it together
    state.synthesis = { output: summary, artifact: null };
    return;
  }
  const results = allResults(job);
  const made = hasModel(job)
    ? await askForJob(job, { purpose: 'synthesis', brief_ref: state.brief_ref, objectives, results })
    : null;
  if (state.ending) return;
  if (made?.status === 'answered' && made.answer.purpose === 'synthesis') {
    const { output, artifacts } = made.answer;
    state.synthesis = { output, artifact: artifacts[0] ?? null };
  } else {
    if (made) state.warnings.push(`no model put the results together: ${whyNot(made)}`);
    const { job_id, brief_ref } = state;
    state.synthesis = await patient.assembleReport({
      job_id,
      brief_ref,
      plan: { objectives, acceptance_criteria },
      results,
      ...placeOf(job),
    });
  }
  const { artifact } = state.synthesis;
  if (artifact) job.emit([{ type: 'artifact.created', data: { ...artifact } }]);
}

/**
 * Judges every criterion, with evidence: by its command, or by a model; else it stays unverified. Unmet ones add
 * tasks that repair them (the phase is then `executing` again). Where they can't be repaired the job is in review,
 * until a person accepts what there is, retries a task (`executing` again too) or ends the job.
 */
export async function verify(job: Job): Promise<void> {
  const { state } = job;
  const criteria = state.plan!.acceptance_criteria;
  if (criteria.length === 0) return;
  state.phase = 'verifying';
  job.emit([{ type: 'job.verifying', data: { criteria: criteria.length } }]);
  state.verdicts = [
    ...(await checkByCommand(
      job,
      criteria.filter(({ command }) => command !== undefined),
    )),
    ...(await judgeByModel(
      job,
      criteria.filter(({ command }) => command === undefined),
    )),
  ];
  if (state.ending) return;
  job.emit(state.verdicts.map((verdict) => ({ type: 'criterion.judged' as const, data: { ...verdict } })));
  const unmet = state.verdicts.filter(({ verdict }) => verdict === 'unmet');
  if (unmet.length === 0 || state.accepted_by) return;
  const why = isLed(state.spec) ? sayUnmet(job, unmet) : await repair(job, unmet);
  if (why !== null && !state.ending) job.emit(setReview(state, unmetError(unmet, why)));
  while (state.review && !state.ending) await changed(job, job.version);
}

/**
 * Goes on where a job was reset that waited for what becomes of unmet criteria. Gives whether its plan is being carried
 * out again.
 */
export async function untilDecided(job: Job): Promise<boolean> {
  const { state } = job;
  if (hasNewRepairs(state)) await settleRepairs(job);
  await planUntilApproved(job);
  while (state.review && !state.ending) await changed(job, job.version);
  return isCarriedOut(state);
}

/** The boss is told what is missing, and goes on from where it stood. Gives why it is not; null when it was. */
function sayUnmet(job: Job, unmet: Verdict[]): string | null {
  const { events, why } = reopen(job.state, unmet);
  job.emit(events);
  return why;
}

async function checkByCommand(job: Job, criteria: Criterion[]): Promise<Verdict[]> {
  const { job_id, brief_ref, spec } = job.state;
  const rights = spec.no_commands ? { no_commands: true as const } : {};
  const where = () =>
    job.state.repository?.head_sha
      ? {
          repository: {
            at: pointOf(job.state, job.state.repository),
            setup_command: job.state.repository.commands.setup.command,
          },
        }
      : {};
  const verdicts: Verdict[] = [];
  for (const criterion of criteria) {
    const verdict = await interruptible(job, async () => {
      const { heartbeat_seconds, host_wait_seconds } = job.settings;
      const host = workOnHost(await hostOf(job), heartbeat_seconds, CHECK_TIMEOUT_SECONDS, host_wait_seconds);
      return host.checkCriterion({ job_id, criterion, brief_ref, ...rights, ...where(), ...placeOf(job) });
    }).catch((error: unknown) => unverified(criterion, `its command could not be run: ${messageOf(error)}`));
    verdicts.push(verdict ?? unverified(criterion, 'its command was not run to the end'));
  }
  return verdicts;
}

async function judgeByModel(job: Job, criteria: Criterion[]): Promise<Verdict[]> {
  if (criteria.length === 0) return [];
  const { brief_ref, synthesis } = job.state;
  const synthesis_ref = synthesis?.output.text_ref ?? synthesis?.artifact?.sha256 ?? null;
  const results = allResults(job);
  const made = await askUntilValid(job, (repair) => ({
    purpose: 'verification',
    brief_ref,
    criteria,
    results,
    synthesis_ref,
    repair,
  }));
  if (made?.problem !== null || made.answer.purpose !== 'verification') {
    const why = made ? (made.problem ?? OF_ANOTHER_KIND) : 'verification was cut off';
    return criteria.map((criterion) => unverified(criterion, why));
  }
  const verdicts = new Map(made.answer.verdicts.map((verdict) => [verdict.criterion_id, verdict]));
  return criteria.map(
    (criterion) =>
      verdicts.get(criterion.criterion_id) ?? unverified(criterion, 'the model gave no verdict on it'),
  );
}

const unverified = ({ criterion_id }: Criterion, evidence: string): Verdict => ({
  criterion_id,
  verdict: 'unverified',
  evidence,
});

function allResults({ state }: Job): DependencyResult[] {
  const ids = plannedTasks(state).map((task) => task.task_id);
  const { results, cut } = fittingResults(dependencyResults(state, ids));
  if (cut && !state.warnings.includes(CUT)) state.warnings.push(CUT);
  return results;
}

const CUT = 'the results are too many to be put together and judged whole: of each, the beginning was';

const hasModel = (job: Job): boolean => Boolean(job.state.snapshot?.planner_model);

const OF_ANOTHER_KIND = 'its answer was of another kind';

function whyNot(made: CallOutcome): string {
  if (made.status === 'blocked') return made.message;
  return made.status === 'failed' ? made.error.message : OF_ANOTHER_KIND;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
