import { closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';

/** A small file system of its own, in memory. */
export interface SmallDisk {
  /** an empty folder on it */
  folder: string;
  /** takes all the room there is */
  fill(): void;
  /** takes all the inodes there are */
  fillInodes(): void;
  /** gives back what was taken */
  free(): void;
  remove(): void;
}

/** Makes one; undefined where this user may not mount anything. */
export function smallDisk(options = 'size=48m'): SmallDisk | undefined {
  const mount = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-disk-')));
  const made = execaSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount], { reject: false });
  if (made.failed) {
    rmSync(mount, { recursive: true });
    return undefined;
  }
  const folder = join(mount, 'data');
  const fillers = join(mount, 'fillers');
  for (const made of [folder, fillers]) mkdirSync(made);
  return {
    folder,
    fill() {
      const file = openSync(join(fillers, 'room'), 'a');
      for (const size of [1024 * 1024, 4096]) {
        untilRefused(() => writeSync(file, Buffer.alloc(size)));
      }
      closeSync(file);
    },
    fillInodes() {
      let count = 0;
      untilRefused(() => mkdirSync(join(fillers, String(count++))));
    },
    free() {
      rmSync(fillers, { recursive: true });
      mkdirSync(fillers);
    },
    remove() {
      execaSync('umount', ['-l', mount]);
      rmSync(mount, { recursive: true });
    },
  };
}

function untilRefused(take: () => void): void {
  try {
    for (;;) take();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
