import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { FieldIssue } from '../../contracts/error.ts';
import type { Criterion, Task } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { isAttended } from '../state/job-state.ts';
import { findCycle } from './graph.ts';

/** What is checked: the tasks and the criteria that they name. */
export interface PlanDraft {
  tasks: readonly Task[];
  acceptance_criteria: readonly Criterion[];
}

/**
 * Everything that keeps a plan from running, by field: duplicate ids, unknown dependencies, cycles, too many
 * tasks, an unknown named agent, a command without `command`, unknown or duplicate criteria.
 * Empty: the plan may run.
 */
export function validatePlan(plan: PlanDraft, snapshot: RosterSnapshot): FieldIssue[] {
  return [...validateGraph(plan, snapshot.limits.max_tasks), ...validateAgents(plan, snapshot)];
}

/** The tasks of a plan, all that edits have added to it included: the state of a job carries them. */
const TASKS_BYTES = 9_000_000;

/** Length of a value as JSON in UTF-8. */
export const jsonBytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** The part of {@link validatePlan} that needs no roster. */
export function validateGraph(plan: PlanDraft, maxTasks: number): FieldIssue[] {
  const issues: FieldIssue[] = [];
  if (plan.tasks.length > maxTasks) {
    issues.push({ path: 'tasks', issue: `${plan.tasks.length} tasks; at most ${maxTasks} are allowed` });
  }
  const ids = new Set(plan.tasks.map((task) => task.task_id));
  issues.push(
    ...duplicates(plan.tasks.map((task) => task.task_id)).map((index) => ({
      path: `tasks.${index}.task_id`,
      issue: `duplicate id '${plan.tasks[index]!.task_id}'`,
    })),
    ...validateCriteria(plan.acceptance_criteria),
  );
  const criteria = new Set(plan.acceptance_criteria.map((criterion) => criterion.criterion_id));
  plan.tasks.forEach((task, index) => {
    task.depends_on.forEach((id, position) => {
      const path = `tasks.${index}.depends_on.${position}`;
      if (id === task.task_id) issues.push({ path, issue: 'a task cannot depend on itself' });
      else if (!ids.has(id)) issues.push({ path, issue: `no task has the id '${id}'` });
    });
    task.acceptance_criteria.forEach((id, position) => {
      if (!criteria.has(id)) {
        issues.push({
          path: `tasks.${index}.acceptance_criteria.${position}`,
          issue: `no criterion has the id '${id}'`,
        });
      }
    });
  });
  issues.push(
    ...cycles(plan.tasks).map((cycle) => ({
      path: 'tasks',
      issue: `the tasks depend on each other in a circle: ${cycle.join(' -> ')}`,
    })),
  );
  const bytes = jsonBytes(plan.tasks);
  if (issues.length === 0 && bytes > TASKS_BYTES) {
    const issue = `the tasks are ${bytes} bytes of JSON with their defaults; at most ${TASKS_BYTES} are allowed: say it in fewer words, or put long texts into files`;
    issues.push({ path: 'tasks', issue });
  }
  return issues;
}

/** Criteria whose id an earlier one has, by field. */
export function validateCriteria(criteria: readonly Criterion[]): FieldIssue[] {
  return duplicates(criteria.map((criterion) => criterion.criterion_id)).map((index) => ({
    path: `acceptance_criteria.${index}.criterion_id`,
    issue: `duplicate id '${criteria[index]!.criterion_id}'`,
  }));
}

/** Most circles that are named at once. */
const NAMED_CYCLES = 10;

/** Cycles that share no task with each other; what is left without their tasks is a DAG. */
function cycles(tasks: readonly Task[]): string[][] {
  const found: string[][] = [];
  // a task that depends on itself is told by its own field
  let rest = tasks.map((task) => ({
    ...task,
    depends_on: task.depends_on.filter((id) => id !== task.task_id),
  }));
  for (let cycle = findCycle(rest); cycle && found.length < NAMED_CYCLES; cycle = findCycle(rest)) {
    found.push(cycle);
    const named = new Set(cycle);
    rest = rest.filter((task) => !named.has(task.task_id));
  }
  return found;
}

/** The part of {@link validatePlan} that needs the roster: named agents, and what they need. */
export function validateAgents(plan: PlanDraft, snapshot: RosterSnapshot): FieldIssue[] {
  const issues: FieldIssue[] = [];
  const agents = new Map(snapshot.agents.map((agent) => [agent.name, agent]));
  plan.tasks.forEach((task, index) => {
    const at = (field: string) => `tasks.${index}.${field}`;
    const agent = task.agent === null ? undefined : agents.get(task.agent);
    if (task.agent !== null && agent === undefined) {
      issues.push({
        path: at('agent'),
        issue: `no agent is called '${task.agent}'; there are: ${[...agents.keys()].join(', ')}`,
      });
    }
    const runsCommand = agent?.kind === 'command';
    if (runsCommand && task.command === null) {
      issues.push({ path: at('command'), issue: 'the agent `command` needs a command' });
    }
    if (!runsCommand && task.command !== null && (task.agent === null || agent !== undefined)) {
      issues.push({
        path: at('command'),
        issue: 'only the agent `command` takes a command; name it as the agent',
      });
    }
    if (runsCommand && snapshot.commands === 'off') {
      issues.push({
        path: at('agent'),
        issue: 'commands are switched off (`commands: off` in orchestrator.yaml)',
      });
    }
  });
  return issues;
}

/** What only plans made by a model or by rules must also keep to; a person may plan otherwise. */
export function validateProposal(
  plan: PlanDraft,
  snapshot: RosterSnapshot,
  spec: Pick<JobSpec, 'approval' | 'attended' | 'no_commands'>,
): FieldIssue[] {
  const issues: FieldIssue[] = [];
  const covered = new Set(plan.tasks.flatMap((task) => task.acceptance_criteria));
  plan.acceptance_criteria.forEach((criterion, index) => {
    if (!covered.has(criterion.criterion_id)) {
      issues.push({
        path: `acceptance_criteria.${index}`,
        issue: `no task covers the criterion '${criterion.criterion_id}'`,
      });
    }
  });
  const scopes = plan.tasks.map((task) =>
    `${task.title}\n${task.description}`.toLowerCase().replace(/\s+/g, ' ').trim(),
  );
  for (const index of duplicates(scopes)) {
    issues.push({ path: `tasks.${index}`, issue: 'another task has the same title and description' });
  }
  const commandsAllowed =
    snapshot.planner_commands && snapshot.commands !== 'off' && spec.approval !== 'auto' && !spec.no_commands;
  plan.tasks.forEach((task, index) => {
    if (!commandsAllowed && (task.agent === 'command' || task.command !== null)) {
      issues.push({ path: `tasks.${index}.agent`, issue: 'this plan may not use the agent `command`' });
    }
    if (isAttended(spec)) return;
    if (task.agent === 'human') {
      issues.push({ path: `tasks.${index}.agent`, issue: 'this job runs unattended; name another agent' });
    }
    if (task.approval === 'required') {
      issues.push({ path: `tasks.${index}.approval`, issue: 'this job runs unattended; use `none`' });
    }
  });
  return issues;
}

/**
 * The issues, with the id of the task where a path leads into one by its place in a list.
 * @param body what the paths are of
 */
export const withTaskIds = (issues: readonly FieldIssue[], body: unknown): FieldIssue[] =>
  issues.map((issue) => {
    const task_id = issue.task_id ?? taskIdAt(body, issue.path);
    return task_id === undefined ? issue : { ...issue, task_id };
  });

/** Issues in one line, for a message. */
export const issuesText = (issues: readonly FieldIssue[]): string =>
  issues
    .map(({ path, task_id, issue }) => `${path}${task_id === undefined ? '' : ` (${task_id})`}: ${issue}`)
    .join('; ');

/** The most characters that an id has. */
const ID_CHARS = 64;

function taskIdAt(body: unknown, path: string): string | undefined {
  let found: string | undefined;
  let part = body;
  for (const name of path.split('.')) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, name)) break;
    const inList = Array.isArray(part);
    part = (part as Record<string, unknown>)[name];
    const { task_id } = Object(part);
    if (inList && typeof task_id === 'string' && task_id.length <= ID_CHARS) found = task_id;
  }
  return found;
}

/** Indexes of values that stood before. */
function duplicates(values: readonly string[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (seen.has(value)) return [index];
    seen.add(value);
    return [];
  });
}
