import type { JobBrief } from '../../contracts/attempt.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { Plan } from '../../contracts/plan.ts';
import { leadPlan } from '../../core/boss/first-plan.ts';
import { approvePlan, mayPlanByRules } from '../../core/commands/plan.ts';
import { alert } from '../../core/journal/alerts.ts';
import { mostTasks } from '../../core/plan/most-tasks.ts';
import { assignPlaces } from '../../core/plan/places.ts';
import { issuesText, validatePlan, validateProposal, withTaskIds } from '../../core/plan/validate.ts';
import { givenPlan, nextVersion, setPlan } from '../../core/plan/version.ts';
import { checkWarnings, withCheckWarnings } from '../../core/plan/warnings.ts';
import { planApprovalId } from '../../core/schedule/schedule.ts';
import { withinTime } from '../../core/schedule/task-time.ts';
import { isLed } from '../../core/state/job-state.ts';
import { patient, short } from '../activities.ts';
import { changed, type Job, now, placeOf } from './context.ts';
import { planInTime } from './deadline.ts';
import { planByModel } from './plan-by-model.ts';

/**
 * Plans until a version is approved, or repairs are rejected. Returns early when the job's end is certain.
 * @param between called where the job can go on in a new run
 */
export async function planUntilApproved(job: Job, between?: () => Promise<void>): Promise<void> {
  const { state } = job;
  while (!state.ending && (state.phase === 'planning' || state.phase === 'awaiting_approval')) {
    await between?.();
    if (state.phase === 'planning') await propose(job);
    else if (state.snapshot_version !== state.plan!.version) {
      await checkVersion(job);
      job.emit(approvalRequest(job));
    } else if (state.spec.approval === 'auto' && state.plan_problems.length === 0) {
      job.emit(approvePlan(state, now(), 'auto'));
    } else await changed(job, job.version);
  }
}

/** Makes the first version, or the next one after feedback, and puts it before a person. */
async function propose(job: Job): Promise<void> {
  const { state } = job;
  const given = isLed(state.spec) || (state.spec.plan !== null && !state.feedback);
  if (!given) await takeSnapshot(job, null);
  const plan = await planInTime(job, () => makePlan(job));
  if (!plan || state.ending) return;
  const events = setPlan(state, plan, { type: 'plan.proposed' });
  await checkVersion(job, !given);
  // only now: a run that is reset to before this takes them again
  state.spec.plan = null;
  state.feedback = null;
  if (plan.source !== 'given') state.planned = true;
  state.phase = 'awaiting_approval';
  const { warnings } = plan;
  job.emit([
    ...events.map((event) => ({ ...event, data: { ...event.data, warnings } })),
    ...approvalRequest(job),
  ]);
  if (state.plan_problems.length > 0 && state.spec.approval === 'auto') {
    const message = issuesText(state.plan_problems);
    state.ending = { status: 'failed', error: { code: 'invalid_plan', message } };
  }
}

async function makePlan(job: Job): Promise<Plan | null> {
  const { spec, feedback, snapshot, plan: before } = job.state;
  if (isLed(spec)) return leadPlan(spec, before, feedback);
  if (spec.plan && !feedback) return givenPlan(spec.plan, spec);
  if (!snapshot!.planner_model) {
    if (!mayPlanByRules(before)) return keepPlan(job, 'no model is set up to revise it');
    return planByRules(job, notSetUp(spec.provider));
  }
  const made = await planByModel(job);
  if (made === null || job.state.ending) return null;
  if (made.plan) return made.plan;
  if (!mayPlanByRules(before)) return keepPlan(job, made.problem);
  const warning = `the model did not plan this (${made.problem}); it was planned by rules`;
  if (spec.approval !== 'auto') return planByRules(job, [warning]);
  const message = `planning by the model failed, and the job approves itself: ${made.problem}`;
  job.state.ending = { status: 'failed', error: { code: 'planning_failed', message } };
  return null;
}

/** A plan that could not be revised stands as it was; it is checked again, and waits as before. */
function keepPlan(job: Job, why: string): null {
  const { state } = job;
  const message = `${NOT_REVISED} (${why}); it stands as it was: edit it, or approve it`;
  state.plan!.warnings = [...state.plan!.warnings.filter((text) => !text.startsWith(NOT_REVISED)), message];
  state.feedback = null;
  state.snapshot_version = 0;
  state.phase = 'awaiting_approval';
  job.emit([alert('plan_not_revised', { message })]);
  return null;
}

const NOT_REVISED = 'the plan was not revised';

const notSetUp = (provider: string | null): string[] =>
  provider === null
    ? []
    : [`${provider} is not set up here to plan; this was planned by rules, without a model`];

async function planByRules(job: Job, warnings: string[]): Promise<Plan> {
  const { spec, snapshot, feedback, job_id } = job.state;
  const { place } = placeOf(job);
  const made = await patient.planByRules({
    ...{ spec: { ...spec, plan: null }, snapshot: snapshot!, feedback },
    ...(place ? { place: { ...place, job_id } } : {}),
  });
  const tasks = withinTime(made.tasks, spec.task_seconds);
  return {
    ...made,
    tasks,
    ...nextVersion(job.state.plan, tasks),
    source: 'rules',
    warnings: [...warnings, ...made.warnings],
  };
}

/** Fetches roster and rules for the current version, and says what keeps it from being approved. */
export async function checkVersion(job: Job, proposed = false): Promise<void> {
  const { state } = job;
  const plan = state.plan!;
  await takeSnapshot(job, plan.tasks);
  if (state.plan !== plan) return;
  state.snapshot_version = plan.version;
  assignPlaces(state);
  const issues = validatePlan(plan, state.snapshot!);
  if (proposed) issues.push(...validateProposal(plan, state.snapshot!, state.spec));
  state.plan_problems = withTaskIds(issues, plan);
}

/** What asks a person to approve the current version, where it has to be and can be. */
export function approvalRequest(job: Job): EventDraft[] {
  const { plan, plan_problems, spec, snapshot_version } = job.state;
  if (spec.approval === 'auto' || snapshot_version !== plan!.version) return [];
  const approval_id = planApprovalId(plan!.version);
  return [
    {
      type: 'approval.requested',
      data: {
        approval_id,
        kind: 'plan',
        problems: plan_problems,
        warnings: plan!.warnings,
        expires_at: null,
      },
    },
  ];
}

/** Fetches roster, rules and prices of now; with tasks, the forecast of the plan that holds them. */
export async function takeSnapshot(job: Job, tasks: Plan['tasks'] | null): Promise<void> {
  const { state } = job;
  const { spec, job_id } = state;
  const { title, description, constraints, context } = spec;
  const brief: JobBrief = {
    job_id,
    title,
    description,
    constraints,
    ...(context === undefined ? {} : { context }),
  };
  const agents = spec.agents ?? [];
  const input = {
    ...{ job_id, owner: state.owner, brief, tasks, provider: spec.provider, model: spec.model },
    ...(agents.length > 0 ? { agents } : {}),
    ...placeOf(job),
  };
  const { snapshot, brief_ref, forecast, unpriced } = await short.snapshotRoster(input);
  state.snapshot = {
    ...snapshot,
    limits: { ...snapshot.limits, max_tasks: mostTasks(spec, snapshot.limits) },
  };
  state.brief_ref = brief_ref;
  if (!forecast || !tasks || state.plan?.tasks !== tasks) return;
  const { limit_usd } = state.budget;
  const warnings = checkWarnings({
    ...{ tasks, snapshot, forecast, limit_usd, unpriced },
    no_commands: spec.no_commands === true,
    check_command: state.repository?.commands.check.command ?? null,
  });
  state.plan.forecast = forecast;
  state.plan.warnings = withCheckWarnings(state.plan.warnings, warnings);
}
