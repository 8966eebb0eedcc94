import { z } from 'zod';
import { Task } from '../../contracts/plan.ts';

/** A step as a planner lists it: its place in the list, from 0, is what others name it by. */
export const Step = z.object({
  description: z.string().trim().min(1, 'must not be empty').max(100_000),
  agent: z.string().min(1).max(64).nullable().default(null),
  dependencies: z.array(z.int().nonnegative()).max(500).default([]),
  files: Task.shape.files.unwrap().optional(),
});
type Step = z.infer<typeof Step>;

const TITLE_CHARS = 200;
/** Who does a step that names nobody. */
const ANYBODY = 'general';

/** Steps as tasks of a plan, `subtask-1` the first one. Whether they make a plan is checked as for any other. */
export function stepsToTasks(steps: readonly Step[]): Task[] {
  return steps.map(({ description, agent, dependencies, files }, index) =>
    Task.parse({
      task_id: stepId(index),
      title: description.split('\n', 1)[0]!.slice(0, TITLE_CHARS).trim().toWellFormed(),
      description,
      agent: agent ?? ANYBODY,
      depends_on: [...new Set(dependencies)].map(stepId),
      files,
    }),
  );
}

const stepId = (index: number): string => `subtask-${index + 1}`;

/** What a step gave, for those that depend on it. */
export interface NumberedResult {
  /** its place in the plan, from 1 */
  number: number;
  description: string;
  result: string;
}

/** The results of steps in the words in which steps after them are told. */
export const describeSteps = (results: readonly NumberedResult[]): string =>
  [
    'Context from previous steps:',
    ...results.map(
      ({ number, description, result }) => `Subtask ${number}: ${description}\nResult:\n${result}`,
    ),
  ].join('\n');
