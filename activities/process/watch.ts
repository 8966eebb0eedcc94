import { readFileSync } from 'node:fs';
import { membersOf, type ProcessTree } from './process-tree.ts';

/** How much the processes of a tree may take together. */
export interface TreeLimits {
  memory_mb?: number | undefined;
  processes?: number | undefined;
}

/** What a tree took more of than it may. */
export type Exceeded = keyof TreeLimits;

const LOOKS_EVERY_MS = 250;
const PAGE_BYTES = 4096;

interface Watched {
  tree: ProcessTree;
  limits: TreeLimits;
  exceeded(what: Exceeded): void;
}

const watched = new Set<Watched>();
let timer: NodeJS.Timeout | undefined;

/**
 * Looks now and then at what a tree takes; what lasts for less than that, a quarter of a second, is not seen. Counted is the memory of each
 * process that it shares with no file.
 * @param exceeded called once
 * @returns ends it
 */
export function watchTree(tree: ProcessTree, limits: TreeLimits, exceeded: Watched['exceeded']): () => void {
  if (limits.memory_mb === undefined && limits.processes === undefined) return () => {};
  const one: Watched = { tree, limits, exceeded };
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
    const members = membersOf(one.tree);
    const { memory_mb = Number.POSITIVE_INFINITY, processes = Number.POSITIVE_INFINITY } = one.limits;
    const what: Exceeded | undefined =
      members.length > processes
        ? 'processes'
        : memory_mb < Number.POSITIVE_INFINITY && memoryOf(members) > memory_mb * 1024 ** 2
          ? 'memory_mb'
          : undefined;
    if (!what) continue;
    watched.delete(one);
    one.exceeded(what);
  }
}

const memoryOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + ownBytes(pid), 0);

// proc_pid_statm(5): pages that are in memory, and those of them that belong to files
function ownBytes(pid: number): number {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ').map(Number);
    return (resident - shared) * PAGE_BYTES;
  } catch {
    return 0; // it has ended
  }
}
