import { z } from 'zod';
import type { Config, RosterAgent } from '../../../contracts/config.ts';
import type { CallSubject } from '../../../contracts/model-call.ts';
import type { Criterion, Plan, Task } from '../../../contracts/plan.ts';
import { mostTasks } from '../../../core/plan/most-tasks.ts';
import { isAttended } from '../../../core/state/job-state.ts';
import { describeRequest } from './brief.ts';
import { bullets, clipped, DATA_RULE, fenced, joined, pieceLimit, section } from './data.ts';
import { type PromptText, toOutputSchema } from './prompt.ts';
import { repairText } from './repair.ts';
import { overviewSection, REPOSITORY_FILES, REPOSITORY_PLAN } from './repository.ts';
import { describeAgents, plannableAgents } from './roster.ts';

const ID = 'lower case letters, digits, dot, underscore, hyphen; 1 to 64 characters';

/** A task as a model writes it: the fields that are its to decide. Everything else has its default. */
const PlannedTask = z.object({
  task_id: z.string().describe(`unique in the plan; ${ID}`),
  title: z.string(),
  description: z.string().describe('what to do, complete for somebody who sees only the brief and this'),
  agent: z.string().nullable().describe('an agent of the roster by name; null to match by capabilities'),
  capabilities: z.array(z.string()).describe('needed tags, where agent is null'),
  depends_on: z.array(z.string()).describe('task_ids whose results it needs'),
  estimated_seconds: z.number(),
  timeout_seconds: z.number().describe('of one attempt'),
  approval: z.enum(['none', 'required']).describe('required: a person must agree before it starts'),
  risk: z.enum(['low', 'medium', 'high', 'critical']),
  acceptance_criteria: z.array(z.string()).describe('criterion_ids that it covers'),
  files: z.array(z.string()).describe('files that it changes, where known'),
});

const COMMAND_FIELD = {
  command: z.string().nullable().describe('a shell command, for the agent `command` only; else null'),
};

const FILES_FIELD = { files: z.array(z.string()).describe(REPOSITORY_FILES) };

const instructions = (
  maxTasks: number,
  agents: readonly RosterAgent[],
  attended: boolean,
  inRepository: boolean,
) =>
  `Your task now: plan the tasks that reach the objectives.
- At most ${maxTasks} tasks; far fewer are better. Dependencies must not form a circle.
- Every acceptance criterion is covered by at least one task (its criterion_id in acceptance_criteria). No two tasks have the same scope.
- Name an agent of the roster, or null and the capabilities that are needed.${attended ? WITH_PEOPLE : WITHOUT_PEOPLE}
- timeout_seconds leaves generous room above estimated_seconds.${inRepository ? REPOSITORY_PLAN : ''}

The roster:
${describeAgents(agents).join('\n')}`;

const WITH_PEOPLE = ` A person (\`human\`) only for what no agent can decide or do.
- approval is \`required\` only for steps that a person must release first: what can't be undone, what is sent outside, what spends money.`;
const WITHOUT_PEOPLE = `
- This job runs unattended: approval is \`none\` for every task, and no task may need a person.`;

/** Asks for the tasks of a plan, or for a better answer than the last one. */
export async function tasksPrompt(
  subject: Extract<CallSubject, { purpose: 'tasks' }>,
  plannerPrompt: string,
  roster: readonly RosterAgent[],
  config: Pick<Config, 'commands' | 'planner_commands' | 'limits'>,
  readAnswer: (ref: string) => Promise<string>,
): Promise<PromptText> {
  const { spec, feedback, previous_plan, repair, overview_ref } = subject;
  const inRepository = overview_ref !== undefined;
  const agents = plannableAgents(roster, config, spec);
  const maxTasks = mostTasks(spec, config.limits);
  const commands = agents.some((agent) => agent.kind === 'command');
  const Planned = inRepository ? PlannedTask.extend(FILES_FIELD) : PlannedTask;
  const schema = z.object({
    rationale: z.string().describe('why this plan, and what was left open; a few sentences'),
    tasks: z.array(commands ? Planned.extend(COMMAND_FIELD) : Planned).min(1),
  });
  return {
    system: joined(plannerPrompt, DATA_RULE, instructions(maxTasks, agents, isAttended(spec), inRepository)),
    messages: [
      {
        role: 'user',
        content: joined(
          await overviewSection(overview_ref, readAnswer),
          describeRequest({ ...spec, constraints: subject.constraints }, feedback),
          section('Objectives', bullets(subject.objectives)),
          section('Acceptance criteria', describeCriteria(subject.acceptance_criteria)),
          previous_plan ? describePlan(previous_plan) : '',
          await repairText(repair, 'plan', readAnswer),
        ),
      },
    ],
    output_schema: toOutputSchema(schema),
  };
}

/** One line a criterion, its id first. */
export const describeCriteria = (criteria: readonly Criterion[]): string[] =>
  criteria.map(({ criterion_id, text }) => `- \`${criterion_id}\`: ${text}`);

function describePlan(plan: Plan): string {
  const shown = plan.tasks.map((task: Task) => ({
    task_id: task.task_id,
    title: task.title,
    description: task.description,
    agent: task.agent,
    capabilities: task.capabilities,
    depends_on: task.depends_on,
    acceptance_criteria: task.acceptance_criteria,
  }));
  const json = clipped(JSON.stringify(shown, null, 1), pieceLimit(1));
  return joined(`## The plan before (version ${plan.version})`, fenced('the plan before', json));
}
