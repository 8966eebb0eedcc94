import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { Forecast, Task } from '../../contracts/plan.ts';
import type { BlockedReason } from '../../contracts/status.ts';
import { coversCommands } from '../agents/command-rights.ts';
import { takerOf } from '../agents/match.ts';

/** What the check of a version knows: its tasks, the roster and prices in force, the money there is. */
export interface CheckedPlan {
  tasks: readonly Task[];
  snapshot: RosterSnapshot;
  forecast: Forecast;
  /** null: no cap */
  limit_usd: number | null;
  /** tasks for a model whose price is not known */
  unpriced: readonly { task_id: string; model: string }[];
  /** whether no command runs in the job; left out: they do */
  no_commands?: boolean;
  /** of the job's repository; null or left out: there is none */
  check_command?: string | null;
}

/**
 * What a person should know of a version before it is approved, though none of it keeps the plan from running: a
 * forecast above the budget, and the tasks that are certain to be blocked, one line for each cause.
 */
export function checkWarnings(plan: CheckedPlan): string[] {
  const { forecast, limit_usd } = plan;
  const unarmed = withoutCommands(plan);
  const dear = limit_usd !== null && forecast.cost_usd_high > limit_usd;
  return [
    ...(dear
      ? [`${FORECAST} up to ${forecast.cost_usd_high} USD, is above the budget of ${limit_usd} USD`]
      : []),
    ...(unarmed.length > 0
      ? [`${UNARMED} ${named(unarmed)}: ${NO_COMMANDS('these agents work without them')}`]
      : []),
    ...(plan.no_commands && plan.check_command
      ? [`${UNCHECKED} \`${plan.check_command}\`: ${NO_COMMANDS('work lands as it is')}`]
      : []),
    ...[...Map.groupBy(blockedTasks(plan), ({ cause }) => cause)].map(
      ([cause, tasks]) => `${BLOCKED} ${named(tasks.map(({ task_id }) => task_id))}: ${cause}`,
    ),
  ];
}

/** The warnings of a version with those of an earlier check replaced. */
export const withCheckWarnings = (before: readonly string[], checked: readonly string[]): string[] => [
  ...before.filter(
    (text) => ![FORECAST, BLOCKED, UNARMED, UNCHECKED].some((start) => text.startsWith(start)),
  ),
  ...checked,
];

const FORECAST = 'the forecast,';
const BLOCKED = 'certain to be blocked:';
const UNARMED = 'agents without their commands:';
const UNCHECKED = 'what lands is not checked by';
const NO_COMMANDS = (so: string) =>
  `the key that submitted the job may not have commands run, so ${so} until an admin approves or edits the plan`;

/** Tasks whose agent could run commands, and may not in this job. */
function withoutCommands({ tasks, snapshot, no_commands }: CheckedPlan): string[] {
  if (!no_commands) return [];
  return tasks
    .filter((task) => takerOf(task, snapshot.agents)?.tools?.some(coversCommands))
    .map(({ task_id }) => task_id);
}

/** Most tasks that one warning names. */
const NAMED_TASKS = 10;

function blockedTasks(plan: CheckedPlan): { task_id: string; cause: string }[] {
  const models = new Map(plan.unpriced.map(({ task_id, model }) => [task_id, model]));
  return plan.tasks.flatMap((task) => {
    const cause = causeOf(task, plan, models.get(task.task_id));
    return cause === null ? [] : [{ task_id: task.task_id, cause }];
  });
}

/** Why the task can only end `blocked`, as things stand; null where it need not. */
function causeOf(task: Task, { snapshot, limit_usd }: CheckedPlan, unpriced?: string): string | null {
  const agent = takerOf(task, snapshot.agents);
  // an unknown name is a problem of the plan, not a warning
  if (agent === null && task.agent !== null) return null;
  if (agent === null) {
    const wanted = task.capabilities.length > 0 ? task.capabilities.join(', ') : 'a task that names no agent';
    return because('no_agent', `no agent of the roster can do ${wanted}; add one, or name another agent`);
  }
  if (agent.unavailable) return because('no_provider', agent.unavailable);
  if (unpriced === undefined || (limit_usd === null && task.budget_usd === null)) return null;
  return because(
    'no_provider',
    `the price of the model ${unpriced} is not known, and the budget needs it; give it under \`prices:\` in orchestrator.yaml, or name another model`,
  );
}

const because = (reason: BlockedReason, text: string): string => `${text} (${reason})`;

function named(ids: readonly string[]): string {
  const rest = ids.length - NAMED_TASKS;
  return ids.slice(0, NAMED_TASKS).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
