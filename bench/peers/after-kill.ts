import type { LogEntry } from '../task-log.ts';

/** When what happened, in Unix ms. */
export interface Moments {
  killed_at: number;
  /** when what was killed could be asked again */
  ready_at: number;
  /** when somebody had to ask for it to go on; left out: it went on by itself */
  asked_at?: number;
}

/** What a kill -9 did to jobs that then were carried to their ends. */
export interface AfterKill {
  /** tasks that had ended, and how many of them began again */
  ended: number;
  ended_again: number;
  /** tasks that ran, and how many of them lay there until somebody asked */
  running: number;
  left_lying: number;
  /** from the kill until a task was at work, and until all that had run were, without the wait for somebody to ask */
  first_ms: number;
  all_ms: number;
}

/** Reads off the logs of the jobs what a kill did to them. Throws where a task that ran never began again. */
export function afterKill(logs: readonly LogEntry[][], moments: Moments): AfterKill {
  const { killed_at, ready_at, asked_at } = moments;
  const tasks = logs.flatMap((log) =>
    [...Map.groupBy(log, ({ task_id }) => task_id).values()].map((entries) => ({
      ended: entries.some(({ what, at }) => what === 'ended' && at <= killed_at),
      ran: entries.some(({ at }) => at <= killed_at),
      again: entries.find(({ what, at }) => what === 'began' && at > killed_at)?.at,
    })),
  );
  const ended = tasks.filter((task) => task.ended);
  const running = tasks.filter((task) => task.ran && !task.ended);
  const begun = tasks.flatMap(({ again }) => again ?? []);
  const lost = running.filter(({ again }) => again === undefined);
  if (begun.length === 0 || lost.length > 0) throw new Error(`${lost.length} tasks never began again`);
  const waited = asked_at === undefined ? 0 : asked_at - ready_at;
  return {
    ended: ended.length,
    ended_again: ended.filter(({ again }) => again !== undefined).length,
    running: running.length,
    left_lying: asked_at === undefined ? 0 : running.filter(({ again }) => again! >= asked_at).length,
    first_ms: Math.min(...begun) - killed_at - waited,
    all_ms: Math.max(...running.map(({ again }) => again!)) - killed_at - waited,
  };
}
