import type { JobView } from './view.ts';

type Stretch = readonly [from: number, to: number];

/**
 * Seconds in which a closed job was worked on: without those in which it waited for people, as a whole or at a gate beside
 * which no task ran. Undefined where its history is not known.
 */
export function activeSeconds({
  status_history,
  finished_at,
  tasks,
}: Pick<JobView, 'status_history' | 'finished_at' | 'tasks'>): number | undefined {
  if (status_history === undefined || status_history.length === 0 || finished_at === null) return undefined;
  const end = Date.parse(finished_at);
  const work = tasks.flatMap(({ started_at, finished_at: ended }): Stretch[] =>
    started_at === null ? [] : [[Date.parse(started_at), ended === null ? end : Date.parse(ended)]],
  );
  const active = status_history.flatMap(({ status, gate_waits, at }, index): Stretch[] => {
    if (WAITS.includes(status)) return [];
    const from = Date.parse(at);
    const to = index + 1 < status_history.length ? Date.parse(status_history[index + 1]!.at) : end;
    if (!gate_waits) return [[from, to]];
    return work.map(([start, stop]) => [Math.max(from, start), Math.min(to, stop)]);
  });
  return lengthOf(active) / 1000;
}

const WAITS: readonly JobView['status'][] = ['awaiting_approval', 'needs_review', 'paused'];

/** Of what is in any of them. */
function lengthOf(stretches: Stretch[]): number {
  let [sum, seen] = [0, Number.NEGATIVE_INFINITY];
  for (const [from, to] of stretches.sort(([a], [b]) => a - b)) {
    sum += Math.max(0, to - Math.max(from, seen));
    seen = Math.max(seen, to);
  }
  return sum;
}
