import { readFileSync, statfsSync, statSync } from 'node:fs';

const PAGE_BYTES = 4096;
const KB = 1024;

/**
 * The memory of processes that they share with no file: what is theirs alone, and what they share with each other, files in a `/dev/shm` of
 * their own among it. Exact only where that matters.
 * @param most at most so much is asked about, in bytes
 */
export function bytesInMemory(pids: readonly number[], most: number): number {
  const own = sum(pids.map(ownBytes));
  if (own > most) return own;
  const files = sharedFiles(pids);
  const mapped = pids.map((pid) => ({ pid, bytes: kilobytes(pid, 'status', 'RssShmem') * KB }));
  // each process counts all that it shares: as long as that is little, it need not be divided among them
  const atMost = own + Math.max(files, sum(mapped.map(({ bytes }) => bytes)));
  if (atMost <= most) return atMost;
  const shares = mapped.filter(({ bytes }) => bytes > 0);
  const shared = sum(shares.map(({ pid }) => kilobytes(pid, 'smaps_rollup', 'Pss_Shmem') * KB));
  return own + Math.max(files, shared);
}

/** What processes, and children of theirs that have ended, wrote to disks, in bytes, whatever became of it: proc_pid_io(5). */
export const bytesWritten = (pids: readonly number[]): number =>
  sum(pids.map((pid) => field(read(pid, 'io'), 'write_bytes')));

// proc_pid_statm(5): pages that are in memory, and those of them that belong to files or are shared
function ownBytes(pid: number): number {
  const [, resident = 0, shared = 0] = read(pid, 'statm').split(' ').map(Number);
  return (resident - shared) * PAGE_BYTES;
}

/** What lies in the `/dev/shm` of processes in a sandbox; that of the host is everybody's. */
function sharedFiles(pids: readonly number[]): number {
  for (const pid of pids) {
    const folder = `/proc/${pid}/root/dev/shm`;
    try {
      if (statSync(folder).dev === statSync('/dev/shm').dev) continue;
      const { blocks, bfree, bsize } = statfsSync(folder);
      return (blocks - bfree) * bsize;
    } catch {} // it has ended, or has none
  }
  return 0;
}

const kilobytes = (pid: number, file: string, name: string): number => field(read(pid, file), name);

/** A number of a line `name: number`; 0 where there is none. */
const field = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it has ended, or is somebody else's
  }
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
