import type { GraphTask } from './graph-task.ts';

/** Up and down the ranks so often; more changes little. */
const SWEEPS = 3;

/**
 * Ranks of tasks from left to right, each in an order with few crossings: by longest paths, then by the mean place of
 * the neighbours (the barycenter method of Sugiyama, Tagawa and Toda, 1981). Milliseconds where a full layout takes
 * seconds. What is in a circle comes last.
 */
export function rankedOrder(tasks: readonly GraphTask[]): string[][] {
  const before = new Map(tasks.map(({ task_id }) => [task_id, [] as string[]]));
  const after = new Map(tasks.map(({ task_id }) => [task_id, [] as string[]]));
  for (const { task_id, depends_on } of tasks) {
    for (const id of depends_on) {
      if (!after.has(id)) continue;
      before.get(task_id)!.push(id);
      after.get(id)!.push(task_id);
    }
  }
  const ranks = longestPaths(before, after);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    const neighbours = forward ? before : after;
    const place = new Map(
      ranks.flatMap((rank) => rank.map((id, index) => [id, index / rank.length] as const)),
    );
    for (const rank of forward ? ranks : ranks.toReversed()) {
      const mean = new Map(rank.map((id) => [id, meanOf(neighbours.get(id)!, place) ?? place.get(id)!]));
      rank.sort((a, b) => mean.get(a)! - mean.get(b)!);
      rank.forEach((id, index) => {
        place.set(id, index / rank.length);
      });
    }
  }
  return ranks;
}

function longestPaths(before: Map<string, string[]>, after: Map<string, string[]>): string[][] {
  const open = new Map([...before].map(([id, ids]) => [id, ids.length]));
  const ranks: string[][] = [];
  let rank = [...open].flatMap(([id, count]) => (count === 0 ? [id] : []));
  while (rank.length > 0) {
    ranks.push(rank);
    const next: string[] = [];
    for (const id of rank) {
      open.delete(id);
      for (const dependent of after.get(id)!) {
        const left = open.get(dependent)! - 1;
        open.set(dependent, left);
        if (left === 0) next.push(dependent);
      }
    }
    rank = next;
  }
  return open.size > 0 ? [...ranks, [...open.keys()]] : ranks;
}

function meanOf(ids: readonly string[], place: ReadonlyMap<string, number>): number | undefined {
  if (ids.length === 0) return undefined;
  return ids.reduce((sum, id) => sum + place.get(id)!, 0) / ids.length;
}
