import { type Node, pathToEnd } from '../core/plan/graph.ts';

/**
 * Seconds that the tasks take on paper: at most `maxWorkers` at once, a ready task starts as soon as a slot is
 * free, the one with the longest path to the end first, each takes exactly its estimate and nothing else takes
 * any time. Throws when the tasks are no DAG.
 */
export function paperMakespan(tasks: readonly Node[], maxWorkers: number): number {
  const length = pathToEnd(tasks);
  const waiting = new Set(tasks);
  const done = new Set<string>();
  let running: { task_id: string; ends: number }[] = [];
  let now = 0;
  while (waiting.size > 0 || running.length > 0) {
    const ready = [...waiting]
      .filter((task) => task.depends_on.every((id) => done.has(id)))
      .sort((a, b) => length.get(b.task_id)! - length.get(a.task_id)!);
    for (const task of ready.slice(0, maxWorkers - running.length)) {
      waiting.delete(task);
      running.push({ task_id: task.task_id, ends: now + task.estimated_seconds });
    }
    if (running.length === 0) throw new Error('these tasks wait for each other');
    now = Math.min(...running.map(({ ends }) => ends));
    for (const { task_id, ends } of running) if (ends <= now) done.add(task_id);
    running = running.filter(({ ends }) => ends > now);
  }
  return now;
}
