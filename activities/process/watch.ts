import { crowding, excess, shortOfRoom, type TreeLimits } from './limits.ts';
import { membersOf, type ProcessTree } from './process-tree.ts';
import { bytesWritten } from './taken.ts';

const LOOKS_EVERY_MS = 250;

interface Watched {
  tree: ProcessTree;
  limits: TreeLimits;
  folders: readonly string[];
  /** told what it takes too much of, in words that go on from its name */
  exceeded(because: string): void;
  /** what it had written at the last look, where room was short then, in bytes */
  written?: number | undefined;
}

const watched = new Set<Watched>();
let timer: NodeJS.Timeout | undefined;

/**
 * Looks now and then at what a tree takes, and at the disks that it may fill; what lasts for less than a quarter of a second is not
 * seen.
 * @param folders that it may write to
 * @param exceeded called once
 * @returns ends it
 */
export function watchTree(
  tree: ProcessTree,
  limits: TreeLimits,
  folders: readonly string[],
  exceeded: Watched['exceeded'],
): () => void {
  const one: Watched = { tree, limits, folders, exceeded };
  watched.add(one);
  timer ??= setInterval(look, LOOKS_EVERY_MS).unref();
  return () => {
    watched.delete(one);
    if (watched.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function look(): void {
  for (const one of watched) {
    const because = problemOf(one);
    if (because === null) continue;
    watched.delete(one);
    one.exceeded(because);
  }
}

function problemOf(one: Watched): string | null {
  const { tree, limits, folders, written: before } = one;
  one.written = undefined;
  const room = shortOfRoom(folders, limits);
  const { memory_mb, processes, disk_mb } = limits;
  const isLimited = [memory_mb, processes, disk_mb].some((limit) => limit !== undefined);
  if (room === null && !isLimited) return null;
  const pids = membersOf(tree);
  const because = excess(pids, limits);
  if (because !== null || room === null) return because;
  one.written = bytesWritten(pids);
  return crowding(room, one.written, before);
}
