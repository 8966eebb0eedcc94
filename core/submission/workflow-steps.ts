import type { NamedWorkflow } from '../../contracts/config.ts';
import type { PlanInput, Task } from '../../contracts/plan.ts';
import { CARRIED_SECTIONS } from '../text/carry.ts';

/** The name of the workflow that every installation has. */
export const BUILT_IN_WORKFLOW = 'build';

const BUILT_IN: NamedWorkflow = {
  description: 'Plan, implement, review, fix.',
  steps: [
    {
      title: 'Plan',
      agent: 'general',
      instructions:
        'Work out how the task is best done: the steps, what each has to give, what can go wrong. Do none of them yet.',
    },
    {
      title: 'Implement',
      agent: 'coder',
      instructions: 'Do the task, by the plan that was handed on to you.',
    },
    {
      title: 'Review',
      agent: 'reviewer',
      instructions:
        'Look at what was made, against the task itself: what is wrong, what is missing, what is more than was asked. Change nothing.',
    },
    {
      title: 'Fix',
      agent: 'coder',
      instructions:
        'Put right what the review found, and nothing else. Then give the result of the whole task, so that nobody has to read the steps before.',
    },
  ],
};

/** All workflows by name: those of the config, and the built-in one where the config has none of its name. */
export const workflowsOf = (named: Record<string, NamedWorkflow>): Record<string, NamedWorkflow> => ({
  [BUILT_IN_WORKFLOW]: BUILT_IN,
  ...named,
});

/**
 * The plan of a workflow for a task: one task a step, each after all those before it.
 * @param options.model for steps that name none
 * @param options.step_timeout_seconds of a step, all its attempts together
 */
export function workflowPlan(
  { steps }: NamedWorkflow,
  task: string,
  options: { model: string | null; step_timeout_seconds: number },
): Pick<PlanInput, 'rationale' | 'tasks'> {
  const ids = steps.map(({ title }, index) => `step-${index + 1}${slug(title)}`);
  return {
    rationale: 'The steps of a named workflow, one after the other.',
    tasks: steps.map(
      ({ title, agent, instructions, model }, index): Task => ({
        ...BARE,
        task_id: ids[index]!,
        title,
        agent,
        description: description(instructions, task),
        depends_on: ids.slice(0, index),
        estimated_seconds: Math.min(60, options.step_timeout_seconds),
        timeout_seconds: options.step_timeout_seconds,
        total_timeout_seconds: options.step_timeout_seconds,
        model: model ?? options.model,
      }),
    ),
  };
}

/** The plan of a task that one agent does. Its time is that of all attempts together. */
export function oneTaskPlan(task: {
  title: string;
  description: string;
  agent: string;
  model: string | null;
  timeout_seconds: number;
}): Pick<PlanInput, 'tasks'> {
  const { timeout_seconds } = task;
  return {
    tasks: [
      {
        ...BARE,
        ...task,
        task_id: 'task',
        estimated_seconds: Math.min(60, timeout_seconds),
        total_timeout_seconds: timeout_seconds,
      },
    ],
  };
}

const description = (instructions: string, task: string): string =>
  [
    instructions,
    `The whole task, of which this is one step:\n\n${task}`,
    `End your result with the sections ${CARRIED_SECTIONS.map((name) => `"## ${name}"`).join(', ')}, each in a few lines: they are all that the later steps are told.`,
  ].join('\n\n');

const BARE = {
  capabilities: [],
  command: null,
  env: {},
  cwd: '.',
  depends_on: [],
  max_attempts: 2,
  approval: 'none',
  approval_expires_seconds: null,
  risk: 'low',
  acceptance_criteria: [],
  files: [],
  budget_usd: null,
} as const satisfies Partial<Task> as Omit<
  Task,
  | 'task_id'
  | 'title'
  | 'description'
  | 'agent'
  | 'model'
  | 'estimated_seconds'
  | 'timeout_seconds'
  | 'total_timeout_seconds'
>;

function slug(title: string): string {
  const text = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return text === '' ? '' : `-${text}`;
}
