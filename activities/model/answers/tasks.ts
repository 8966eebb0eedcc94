import { z } from 'zod';
import { Task } from '../../../contracts/plan.ts';
import { type Read, readJson, toProblems } from './read.ts';

const PlanAnswer = z.object({
  rationale: z.string().default(''),
  tasks: z.array(z.record(z.string(), z.unknown())).min(1, 'a plan needs at least one task'),
});

/** Longest rationale of a plan, in characters. */
const MAX_RATIONALE = 20_000;

/**
 * The tasks of a plan, each field that is missing or null at its default and unknown ones ignored. Whether they
 * make a plan (dependencies, agents, limits) is for core to say.
 */
export function readTasks(text: string): Read<{ purpose: 'tasks'; rationale: string; tasks: Task[] }> {
  const read = readJson(text, PlanAnswer);
  if ('problems' in read) return read;
  const parsed = read.value.tasks.map((task) => Task.safeParse(knownFields(task)));
  const problems = parsed.flatMap((task, index) =>
    task.success ? [] : toProblems(task.error, ['tasks', String(index)]),
  );
  if (problems.length > 0) return { problems };
  return {
    value: {
      purpose: 'tasks',
      rationale: read.value.rationale.slice(0, MAX_RATIONALE),
      tasks: parsed.flatMap((task) => (task.success ? [task.data] : [])),
    },
  };
}

function knownFields(task: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(task).filter(([key, value]) => value !== null && Object.hasOwn(Task.shape, key)),
  );
}
