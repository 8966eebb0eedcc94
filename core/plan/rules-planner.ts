import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { RulesPlan } from '../../contracts/model-call.ts';
import { Task } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { isAttended } from '../state/job-state.ts';
import { assign, mayPlanCommands } from './rules/assign.ts';
import { collectCriteria, coverCriteria } from './rules/criteria.ts';
import { applyFeedback } from './rules/feedback.ts';
import { type Placed, placeSteps } from './rules/order.ts';
import { splitSections } from './rules/sections.ts';
import { leavesOf, readSteps, type Step } from './rules/steps.ts';
import { idMaker, titleOf } from './rules/task-names.ts';
import { hasWords, shorten } from './rules/words.ts';

/** What a plan by rules is made of. */
export interface RulesInput {
  spec: JobSpec;
  snapshot: RosterSnapshot;
  /** what a person said about the plan before; null for the first one */
  feedback: string | null;
}

/**
 * Reads a plan out of the spec's own text, without a model. Numbered steps and sentences run one after the other,
 * bullets side by side; "then", "finally", "in parallel", "after step 2" say otherwise. Every text gives a
 * valid plan of at least one task.
 */
export function planByRules({ spec, snapshot, feedback }: RulesInput): RulesPlan {
  const sections = splitSections(spec.description);
  const steps = readSteps(sections.body);
  const { root, others, warnings } = applyFeedback(steps.root, feedback);
  const count = leavesOf(root).filter((leaf) => leaf !== root).length;
  const max = Math.max(1, snapshot.limits.max_tasks);
  const placement = count > 0 ? placeSteps(root, max) : { placed: [wholeJob(spec)], warnings: [] };
  warnings.push(...placement.warnings);
  if (count > max) {
    warnings.push(
      `The text has ${count} steps, but a plan may have ${max} tasks: only the first ${max} are planned.`,
    );
  }
  if (steps.done.length > 0) warnings.push(`Left out because they are ticked off: ${steps.done.join('; ')}.`);
  const criteria = collectCriteria(spec.acceptance_criteria, sections.acceptance_criteria);
  const tasks = toTasks(placement.placed, { spec, snapshot, warnings });
  return {
    rationale: `Read from the text of the request by rules, without a model: ${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'}. Numbered steps and sentences run one after the other and bullets side by side, unless the text says otherwise.`,
    warnings: warnings.map((warning) => shorten(warning, 500)),
    objectives: unique(sections.objectives.length > 0 ? sections.objectives : [spec.title]),
    constraints: unique([...spec.constraints, ...sections.constraints, ...steps.constraints, ...others]),
    acceptance_criteria: criteria,
    tasks: coverCriteria(tasks, criteria),
  };
}

function toTasks(
  placed: readonly Placed[],
  { spec, snapshot, warnings }: { spec: JobSpec; snapshot: RosterSnapshot; warnings: string[] },
): Task[] {
  const commandsAllowed = mayPlanCommands(spec, snapshot);
  const attended = isAttended(spec);
  const agents = snapshot.agents.filter(({ kind }) => attended || kind !== 'human');
  const newId = idMaker();
  const titles = distinct(placed.map(({ step }) => titleOf(step.text) || titleOf(spec.title) || 'Task'));
  const ids = titles.map(newId);
  const withheld: string[] = [];
  const unassigned: string[] = [];
  const tasks = placed.map(({ step, groups, depends_on }, index) => {
    const title = titles[index] ?? 'Task';
    const { agent, command, withheld: kept } = assign(step.text, { ...snapshot, agents }, commandsAllowed);
    if (kept !== null) withheld.push(title);
    if (agent === null) unassigned.push(title);
    return Task.parse({
      task_id: ids[index],
      title,
      description: describe(step, groups),
      agent,
      command,
      depends_on: depends_on.slice(0, 500).map((position) => ids[position]),
      approval: attended && NEEDS_APPROVAL.test(step.text) ? 'required' : 'none',
    });
  });
  if (withheld.length > 0) {
    warnings.push(
      `Commands in the text are left to agents, because plans by rules may not run them here (planner_commands, the allowlist, approval: auto, or a key that is no admin's): ${withheld.join('; ')}.`,
    );
  }
  if (unassigned.length > 0) {
    warnings.push(`No agent of the roster fits: ${unassigned.join('; ')}. These tasks will wait for one.`);
  }
  return tasks;
}

const NEEDS_APPROVAL =
  /\b(?:(?:needs|requires|after|with|wait for) (?:\w+ ){0,2}approval|approval required)\b/i;
const MAX_DESCRIPTION = 100_000;
const MAX_LISTED = 100;

function describe(step: Step, groups: readonly string[]): string {
  const context = groups.length > 0 ? [`Part of: ${groups.join(' > ')}`] : [];
  const text = [step.text, ...step.details, ...context].filter(Boolean).join('\n');
  return shorten(text.replace(/\0/g, ' ').toWellFormed(), MAX_DESCRIPTION);
}

/** For a text without any step: the request itself is the one task. */
function wholeJob(spec: JobSpec): Placed {
  const details = hasWords(spec.description) ? [spec.description] : [];
  const step: Step = {
    text: spec.title,
    details,
    number: null,
    relation: null,
    children: [],
    order: 'sequence',
  };
  return { step, groups: [], depends_on: [] };
}

/** Numbers titles that stand more than once, so that no two tasks look the same. */
function distinct(titles: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return titles.map((title) => {
    const key = title.toLowerCase();
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? title : `${title} (${count})`;
  });
}

function unique(texts: readonly string[]): string[] {
  const short = texts.map((text) => shorten(text.trim(), 2000)).filter((text) => text !== '');
  return [...new Set(short)].slice(0, MAX_LISTED);
}
