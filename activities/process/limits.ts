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
/** Who writes more than this between two looks goes on filling a disk. */
const WRITING_BYTES = MB;

/** What there is of a disk. */
export interface Room {
  folder: string;
  free_bytes: number;
  /** so much has to stay free */
  floor_bytes: number;
}

/** The disk of these folders that is shortest of room. A folder that is not there is on none. */
export function leastRoom(folders: readonly string[], { free_disk_mb }: TreeLimits): Room | null {
  const rooms = folders.flatMap((folder): Room[] => {
    try {
      const { bavail, blocks, bsize } = statfsSync(folder);
      const usual = Math.min(FREE_BYTES, blocks * bsize * FREE_SHARE);
      const floor_bytes = free_disk_mb === undefined ? usual : free_disk_mb * MB;
      return [{ folder, free_bytes: bavail * bsize, floor_bytes }];
    } catch {
      return [];
    }
  });
  const spare = ({ free_bytes, floor_bytes }: Room) => free_bytes - floor_bytes;
  return rooms.toSorted((one, other) => spare(one) - spare(other))[0] ?? null;
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
 * Why a tree has to end for the room on a disk; null: it need not. Below the floor that is who goes on writing, below half of it everyone.
 * @param written what it had written at the look before, in bytes; undefined: there was room then
 */
export function crowding(
  { folder, free_bytes, floor_bytes }: Room,
  pids: readonly number[],
  written: number | undefined,
): { because: string | null; written: number } | null {
  if (free_bytes >= floor_bytes) return null;
  const now = bytesWritten(pids);
  const isWriting = written !== undefined && now - written > WRITING_BYTES;
  if (!isWriting && free_bytes >= floor_bytes / 2) return { because: null, written: now };
  const [free, floor] = [free_bytes, floor_bytes].map((bytes) => Math.floor(bytes / MB));
  const what = isWriting ? 'went on writing' : 'was ended';
  const because = `${what} with ${free} MB free on the disk of ${folder}, where ${floor} MB have to stay (sandbox.free_disk_mb): make room there, or lower that`;
  return { because, written: now };
}
