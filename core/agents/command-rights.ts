import type { CommandArgs } from '../../contracts/command.ts';
import type { FieldIssue, Problem } from '../../contracts/error.ts';
import type { CriterionInput, PlanInput, Task } from '../../contracts/plan.ts';
import { COMMAND_FIELDS, type CommandRole } from '../../contracts/repository/spec.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { matchesTool } from './tool-patterns.ts';

/**
 * Whose word it takes for commands to run. Where there are API keys it is an admin's: a command can do on the worker's
 * machine what the service itself can, its database and Temporal's port included. api/access/command-rights.ts says who may;
 * what comes from others carries `no_commands`, and a job that they submit has it until an admin approves or edits its
 * plan. In such a job no command runs: not of a task, not of a criterion, and no agent has a tool that runs one.
 */

/** Tools by which an agent runs commands of its own. */
export const COMMAND_TOOLS: readonly string[] = ['bash'];

/** Whether a name or pattern of tools covers one that runs commands. */
export const coversCommands = (pattern: string): boolean =>
  COMMAND_TOOLS.some((tool) => matchesTool(tool, pattern));

/** Says that a command may not run, and what to do. */
export const NEEDS_ADMIN =
  "runs commands on the machine of the worker, which needs an admin's key: have an admin send it, or use an agent that runs no commands";

/** Why a task or criterion whose job has `no_commands` does not run its command. */
export const REFUSED_HERE =
  'The job was submitted, or planned again, with a key that may not have commands run. It may run them once an admin approves or edits its plan.';

/** Everything by which a submission itself says that commands run, by field. */
export function commandsOfSpec(spec: JobSpec): FieldIssue[] {
  const { plan, acceptance_criteria, agents = [], repository } = spec;
  const own = agents.flatMap(({ tools = [] }, index) =>
    tools.flatMap((tool, position) =>
      coversCommands(tool) ? [refused(`agents.${index}.tools.${position}`)] : [],
    ),
  );
  const given = plan ? commandsOfPlan(plan).map(({ path }) => refused(`plan.${path}`)) : [];
  const ofRepository = Object.entries(COMMAND_FIELDS).flatMap(([role, field]) =>
    repository?.commands[role as CommandRole] ? [refused(field)] : [],
  );
  return [...criterionCommands(acceptance_criteria), ...own, ...given, ...ofRepository];
}

/** The tasks and criteria of a plan that run commands, by field; without those that an earlier plan has in the same way. */
export function commandsOfPlan(
  plan: Pick<PlanInput, 'tasks' | 'acceptance_criteria'>,
  before?: Pick<PlanInput, 'tasks' | 'acceptance_criteria'>,
): FieldIssue[] {
  const known = before?.tasks.filter(runsCommand).map(identity);
  const tasks = plan.tasks.flatMap((task, index) =>
    runsCommand(task) && !known?.includes(identity(task)) ? [refused(`tasks.${index}.command`)] : [],
  );
  return [...tasks, ...criterionCommands(plan.acceptance_criteria ?? [], before?.acceptance_criteria)];
}

/** Why somebody who may not have commands run cannot approve: null where there are none, or an admin stands for them. */
export function unapprovedCommands(
  spec: JobSpec,
  plan: Pick<PlanInput, 'tasks' | 'acceptance_criteria'>,
  args: Pick<CommandArgs<'approve'>, 'no_commands'>,
): Problem | null {
  return args.no_commands && spec.no_commands ? forbidden(commandsOfPlan(plan)) : null;
}

/** The refusal of what is named; null where nothing is. */
export const forbidden = (fields: FieldIssue[]): Problem | null =>
  fields.length === 0
    ? null
    : {
        code: 'forbidden',
        message: "With API keys in force, commands need an admin's key; nothing was done.",
        fields,
      };

/** An admin has approved or edited the plan: commands may run from now on. Nothing changes for others. */
export function allowCommands(spec: JobSpec, args: Pick<CommandArgs<'approve'>, 'no_commands'>): void {
  if (!args.no_commands) delete spec.no_commands;
}

const runsCommand = ({ agent, command }: Pick<Task, 'agent' | 'command'>): boolean =>
  agent === 'command' || command !== null;

/** What of a task decides what its command does. */
const identity = ({ task_id, agent, command, env, cwd }: Task): string =>
  JSON.stringify([task_id, agent, command, Object.entries(env).sort(), cwd]);

function criterionCommands(
  criteria: readonly CriterionInput[],
  before: readonly CriterionInput[] = [],
): FieldIssue[] {
  const commandOf = (criterion: CriterionInput) =>
    typeof criterion === 'string' ? undefined : JSON.stringify(criterion.command);
  const known = before.map(commandOf);
  return criteria.flatMap((criterion, index) => {
    const command = commandOf(criterion);
    return command === undefined || known.includes(command)
      ? []
      : [refused(`acceptance_criteria.${index}.command`)];
  });
}

const refused = (path: string): FieldIssue => ({ path, issue: NEEDS_ADMIN });
