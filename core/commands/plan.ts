import type { FieldIssue } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { Plan } from '../../contracts/plan.ts';
import { allowCommands, commandsOfPlan, forbidden, unapprovedCommands } from '../agents/command-rights.ts';
import { keepsBoss } from '../boss/first-plan.ts';
import { validateGraph } from '../plan/validate.ts';
import { editedPlan, setPlan } from '../plan/version.ts';
import { setReview, unmetError } from '../schedule/ending.ts';
import { setGates } from '../schedule/gates.ts';
import { planApprovalId } from '../schedule/schedule.ts';
import {
  isLed,
  type JobState,
  jobStatus,
  newTaskState,
  plannedTasks,
  type TaskState,
  taskStateOf,
} from '../state/job-state.ts';
import { approveChange, rejectChange, takeUp } from './change-plan.ts';
import { stalePlan } from './stale-plan.ts';
import { badCheckpoints, by, type CommandRule, conflict } from './types.ts';

/** approve, reject, revise, replace_plan: what can be done to a plan that waits for a person. */
export const planCommands: {
  approve: CommandRule<'approve'>;
  reject: CommandRule<'reject'>;
  revise: CommandRule<'revise'>;
  replace_plan: CommandRule<'replace_plan'>;
} = {
  approve: {
    check: (state, args) =>
      waiting(state, 'approve') ??
      stalePlan(state, args.plan_version) ??
      unready(state) ??
      unapprovedCommands(state.spec, state.plan!, args) ??
      badCheckpoints(state, args.checkpoints),
    apply(state, args, now) {
      allowCommands(state.spec, args);
      setGates(state, args);
      return approvePlan(state, now, args.actor, args.note);
    },
  },
  reject: {
    check: (state) => waiting(state, 'reject'),
    apply(state, args, now) {
      if (state.changing) return rejectChange(state, now, args.reason, args.actor);
      if (state.approved_version !== null) return rejectRepairs(state, now, args.reason, args.actor);
      const message = args.reason ?? 'the plan was rejected';
      state.ending = { status: 'rejected', error: { code: 'rejected', message }, at: now, ...by(args.actor) };
      return [];
    },
  },
  revise: {
    check: (state) => waiting(state, 'revise') ?? unrevisable(state),
    apply(state, args) {
      // a plan made on their feedback must not run commands on their word alone
      if (args.no_commands) state.spec.no_commands = true;
      state.feedback = args.feedback;
      state.phase = 'planning';
      return [{ type: 'job.planning', actor: args.actor, data: { feedback: args.feedback } }];
    },
  },
  replace_plan: {
    check(state, args) {
      const refused = waiting(state, 'replace the plan') ?? stalePlan(state, args.version);
      if (refused) return refused;
      const plan = editedPlan(args.plan, state.plan!);
      const fields = [
        ...validateGraph(plan, state.snapshot!.limits.max_tasks),
        ...changedTasks(state, plan),
        ...keepsBoss(state, plan.tasks, 'tasks'),
      ];
      if (fields.length > 0) return { code: 'validation', message: 'the plan cannot run', fields };
      return args.no_commands ? forbidden(commandsOfPlan(args.plan, state.plan!)) : null;
    },
    apply(state, args, now) {
      allowCommands(state.spec, args);
      const before = state.plan!;
      const edited = setPlan(state, editedPlan(args.plan, before), {
        type: 'plan.edited',
        actor: args.actor,
      });
      return state.changing ? [...edited, ...takeUp(state, before, now)] : edited;
    },
  },
};

/** Starts the tasks of the current plan that did not run yet. */
export function approvePlan(state: JobState, _now: string, actor?: string, note?: string): EventDraft[] {
  if (state.changing) return approveChange(state, actor, note);
  const plan = state.plan!;
  state.approved_version = plan.version;
  state.phase = 'executing';
  state.review = null;
  state.tasks = Object.fromEntries(
    plan.tasks.map((task) => {
      const before = taskStateOf(state, task.task_id);
      return [task.task_id, before && hasRun(before) ? before : newTaskState(task)];
    }),
  );
  return [
    { type: 'job.approved', actor, data: { plan_version: plan.version, ...(note ? { note } : {}) } },
    { type: 'job.running', data: { plan_version: plan.version } },
  ];
}

/** No repairs then: the job waits for a person to decide what becomes of it. */
export function rejectRepairs(
  state: JobState,
  now: string,
  reason = 'the repairs were rejected',
  actor?: string,
): EventDraft[] {
  const plan = state.plan!;
  const left = plan.tasks.filter(({ task_id }) => {
    const task = taskStateOf(state, task_id);
    return !task || !hasRun(task);
  });
  for (const task of left) {
    const skipped = { status: 'skipped', reason: 'rejected', finished_at: now } as const;
    state.tasks[task.task_id] = { ...newTaskState(task), ...skipped };
  }
  state.phase = 'verifying';
  const unmet = state.verdicts.filter(({ verdict }) => verdict === 'unmet');
  const denied: EventDraft[] = [
    {
      type: 'approval.denied',
      actor,
      data: { approval_id: planApprovalId(plan.version), kind: 'plan', reason },
    },
    ...left.map(
      ({ task_id }): EventDraft => ({ type: 'task.skipped', task_id, actor, data: { reason: 'rejected' } }),
    ),
  ];
  return [...denied, ...setReview(state, unmetError(unmet, reason))];
}

/** What an edit does to tasks that have run: it can't, their results are there. */
function changedTasks(state: JobState, plan: Plan): FieldIssue[] {
  return plannedTasks(state).flatMap((task): FieldIssue[] => {
    const before = taskStateOf(state, task.task_id);
    if (!before || !hasRun(before)) return [];
    const index = plan.tasks.findIndex(({ task_id }) => task_id === task.task_id);
    if (index === -1) return [{ path: 'tasks', issue: `the task '${task.task_id}' has run and has to stay` }];
    const same = JSON.stringify(plan.tasks[index]) === JSON.stringify(task);
    return same ? [] : [{ path: `tasks.${index}`, issue: `the task '${task.task_id}' has run already` }];
  });
}

const hasRun = ({ status, generation }: TaskState): boolean => status !== 'pending' || generation > 0;

const waiting = (state: JobState, what: string) =>
  state.phase === 'awaiting_approval' && state.plan
    ? null
    : conflict(`cannot ${what}: the job is ${jobStatus(state)}, not awaiting_approval`);

/**
 * Whether planning again may replace the plan without a model: rules read the job's text again, and would lose what
 * a person or a model wrote into it.
 */
export const mayPlanByRules = (plan: Plan | null): boolean => plan === null || plan.source === 'rules';

function unrevisable({ plan, snapshot, approved_version, spec }: JobState) {
  if (approved_version !== null) {
    return conflict('cannot revise: tasks of the plan have run. Edit this version, approve it, or reject it');
  }
  if (isLed(spec) || snapshot?.planner_model || mayPlanByRules(plan)) return null;
  return conflict(
    'cannot revise: no model was set up when this version was checked, and without one its tasks would be lost. ' +
      'Edit the plan instead (PUT /orchestrate/{job_id}/plan, the update `replace_plan`, or `orchestrator edit-plan`); ' +
      'sent unchanged, it becomes a version that is checked again for a model',
  );
}

function unready(state: JobState) {
  if (state.snapshot_version !== state.plan!.version) {
    return conflict('the edited plan is still being checked against the roster; try again in a moment');
  }
  if (state.plan_problems.length === 0) return null;
  return {
    code: 'conflict' as const,
    message: 'the plan cannot run; edit it first',
    fields: state.plan_problems,
  };
}
