import { z } from 'zod';
import type { Task } from '../../../contracts/plan.ts';
import { Step, stepsToTasks } from '../../../core/submission/steps.ts';
import { type Read, readJson } from './read.ts';

const List = z.array(Step).min(1, 'a plan needs at least one subtask');
const Answer = z.union([List, z.object({ subtasks: List })], {
  error: 'must be {"subtasks": [{"description", "agent", "dependencies": [places in the list, from 0]}]}',
});

/** A plan that was answered as a list of steps, bare or as `subtasks`. */
export function readSteps(text: string): Read<{ purpose: 'tasks'; rationale: string; tasks: Task[] }> {
  const read = readJson(text, Answer);
  if ('problems' in read) return read;
  const steps = Array.isArray(read.value) ? read.value : read.value.subtasks;
  return { value: { purpose: 'tasks', rationale: '', tasks: stepsToTasks(steps) } };
}
