import { setTimeout as sleep } from 'node:timers/promises';
import { type Node, pathToEnd } from '../../core/plan/graph.ts';
import { note } from '../task-log.ts';

/** What every framework is given to carry out. */
export interface Job {
  id: string;
  tasks: Node[];
  max_workers: number;
  /** whether a person has to let it go on before its first task */
  gate: boolean;
  /** the file that its tasks write into when they begin and end */
  log: string;
}

/** Does a task: sleeps exactly as long as it is estimated to take. */
export async function doTask(job: Job, task: Node): Promise<string> {
  note(job.log, task.task_id, 'began');
  await sleep(task.estimated_seconds * 1000);
  note(job.log, task.task_id, 'ended');
  return task.task_id;
}

/** The tasks with the longest path to the end first, the order in which ready tasks should get slots. */
export function longestFirst(tasks: readonly Node[]): Node[] {
  const length = pathToEnd(tasks);
  return [...tasks].sort((a, b) => length.get(b.task_id)! - length.get(a.task_id)!);
}

/** The tasks in levels, each of which waits for those before it only; within a level the longest path first. */
export function levels(tasks: readonly Node[]): Node[][] {
  const found: Node[][] = [];
  const done = new Set<string>();
  let left = longestFirst(tasks);
  while (left.length > 0) {
    const level = left.filter(({ depends_on }) => depends_on.every((id) => done.has(id)));
    if (level.length === 0) throw new Error('these tasks wait for each other');
    for (const { task_id } of level) done.add(task_id);
    left = left.filter(({ task_id }) => !done.has(task_id));
    found.push(level);
  }
  return found;
}
