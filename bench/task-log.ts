import { appendFileSync, readFileSync } from 'node:fs';
import type { Node } from '../core/plan/graph.ts';

/** That a task began or ended; written at once, so that a killed process leaves what it did. */
export interface LogEntry {
  task_id: string;
  what: 'began' | 'ended';
  /** Unix milliseconds */
  at: number;
}

/** Adds an entry to the log, a file with a line of JSON each. */
export const note = (log: string, task_id: string, what: LogEntry['what']): void =>
  appendFileSync(log, `${JSON.stringify({ task_id, what, at: Date.now() } satisfies LogEntry)}\n`);

/** All entries so far, the oldest first; none where nothing has begun. */
export function readLog(log: string): LogEntry[] {
  try {
    const lines = readFileSync(log, 'utf8').split('\n');
    return lines.filter(Boolean).map((line) => JSON.parse(line) as LogEntry);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Throws where a task began before those that it waits for had ended, too many worked at once, or one was not done once. */
export function checkOrder(entries: readonly LogEntry[], tasks: readonly Node[], at_once: number): void {
  const waits = new Map(tasks.map((task) => [task.task_id, task.depends_on]));
  const running = new Set<string>();
  const ended = new Set<string>();
  for (const { task_id, what } of entries) {
    if (what === 'ended') {
      running.delete(task_id);
      ended.add(task_id);
      continue;
    }
    const early = waits.get(task_id)!.find((id) => !ended.has(id));
    if (early !== undefined) throw new Error(`${task_id} began before the end of ${early}`);
    if (running.has(task_id) || ended.has(task_id)) throw new Error(`${task_id} began twice`);
    running.add(task_id);
    if (running.size > at_once) throw new Error(`${running.size} tasks worked at once`);
  }
  if (ended.size < tasks.length) throw new Error(`${tasks.length - ended.size} tasks were not done`);
}
