import type { FieldIssue } from '../../contracts/error.ts';
import { BOSS_TASK } from '../../contracts/names.ts';
import { type Plan, Task } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { givenPlan } from '../plan/version.ts';
import { isLed, type JobState, plannedTasks } from '../state/job-state.ts';
import { bossAgent } from './team.ts';

/** A task that is delegated, or leads: every field as a plan would have it that says nothing, but for the time. */
export const blankTask = (task: Pick<Task, 'task_id' | 'title' | 'description' | 'agent'>): Task => ({
  ...Task.parse({ task_id: BOSS_TASK, title: BOSS_TASK }),
  timeout_seconds: TASK_SECONDS,
  ...task,
});

/** Working time of an attempt of what is delegated. */
const TASK_SECONDS = 3600;
/** Of the one that leads: a month; its turns, tokens and money are limited otherwise. */
const LEAD_SECONDS = 2_592_000;

/**
 * The first version of a plan that an agent leads: its own task. What a person had to say of the version before is
 * told to it.
 */
export function leadPlan(spec: JobSpec, before: Plan | null, feedback: string | null): Plan {
  const said = feedback === null ? '' : `\n\nWhat a person says about it:\n${feedback}`;
  const task = blankTask({
    task_id: BOSS_TASK,
    title: spec.title,
    description: `${before?.tasks[0]?.description ?? spec.description}${said}`,
    agent: bossAgent(spec),
  });
  const plan = givenPlan({ tasks: [task] }, spec);
  const acceptance_criteria = plan.acceptance_criteria.map(({ criterion_id }) => criterion_id);
  const tasks = [
    { ...task, timeout_seconds: LEAD_SECONDS, max_attempts: LEAD_ATTEMPTS, acceptance_criteria },
  ];
  return { ...plan, version: (before?.version ?? 0) + 1, source: 'boss', tasks };
}

/** What is wrong with tasks that are to take the place of a plan that an agent leads: its own has to stay, as it is. */
export function keepsBoss(state: JobState, tasks: readonly Task[], path: string): FieldIssue[] {
  if (!isLed(state.spec)) return [];
  const before = plannedTasks(state).find(({ task_id }) => task_id === BOSS_TASK);
  const after = tasks.find(({ task_id }) => task_id === BOSS_TASK);
  if (!after) return [{ path, issue: `the task '${BOSS_TASK}' leads the job and has to stay` }];
  if (before?.agent === after.agent) return [];
  return [{ path, issue: `the task '${BOSS_TASK}' is that of ${before?.agent}, who leads the job` }];
}

/** Failures in a row after which it is given up. */
const LEAD_ATTEMPTS = 5;
