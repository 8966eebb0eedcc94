import { statfsSync } from 'node:fs';
import { bytesInMemory, bytesWritten } from './taken.ts';

/** How much the processes of a tree may take together. */
export interface TreeLimits {
  memory_mb?: number | undefined;
  processes?: number | undefined;
  /** what they may write to disks */
  disk_mb?: number | undefined;
  /** what has to stay free on a disk; left out: a twentieth of it, and at most 1 GiB */
  free_disk_mb?: number | undefined;
}

const MB = 1024 ** 2;
const FREE_BYTES = 1024 ** 3;
const FREE_SHARE = 0.05;
/** Who has written more than this, and goes on by a megabyte between two looks, is taken for the one that fills a disk. */
const MUCH_BYTES = 64 * MB;
const MORE_BYTES = MB;

/** What there is of a disk. */
export interface Room {
  folder: string;
  free_bytes: number;
  /** so much has to stay free */
  floor_bytes: number;
}

/** The first disk of these folders that is short of room; null: none is. A folder that is not there is on none. */
export function shortOfRoom(folders: readonly string[], { free_disk_mb }: TreeLimits): Room | null {
  for (const folder of folders) {
    try {
      const { bavail, blocks, bsize } = statfsSync(folder);
      const usual = Math.min(FREE_BYTES, blocks * bsize * FREE_SHARE);
      const floor_bytes = free_disk_mb === undefined ? usual : free_disk_mb * MB;
      const free_bytes = bavail * bsize;
      if (free_bytes < floor_bytes) return { folder, free_bytes, floor_bytes };
    } catch {}
  }
  return null;
}

/** What the processes of a tree take of what is limited; null: it takes no more than it may. In words that go on from its name. */
export function excess(pids: readonly number[], limits: TreeLimits): string | null {
  const { processes, memory_mb, disk_mb } = limits;
  if (processes !== undefined && pids.length > processes) {
    return `ran more than ${processes} processes at once (sandbox.processes)`;
  }
  if (memory_mb !== undefined && bytesInMemory(pids, memory_mb * MB) > memory_mb * MB) {
    return `took more than ${memory_mb} MB of memory (sandbox.memory_mb)`;
  }
  if (disk_mb !== undefined && bytesWritten(pids) > disk_mb * MB) {
    return `wrote more than ${disk_mb} MB to the disk (sandbox.disk_mb): have it write less, or raise that`;
  }
  return null;
}

/**
 * Why a tree has to end where a disk is short of room; null: it need not. It is not ended for what others wrote, nor once nothing more can be
 * written: then it waits like all else.
 * @param before what it had written at the look before, in bytes; undefined: there was room then
 */
export function crowding(
  { folder, free_bytes, floor_bytes }: Room,
  written: number,
  before?: number,
): string | null {
  if (before === undefined || written < MUCH_BYTES || written - before < MORE_BYTES) return null;
  const [own, free, floor] = [written, free_bytes, floor_bytes].map((bytes) => Math.floor(bytes / MB));
  return `wrote ${own} MB and went on with ${free} MB free on the disk of ${folder}, where ${floor} MB have to stay (sandbox.free_disk_mb): make room there, or lower that`;
}
