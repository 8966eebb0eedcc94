import { constants, copyFileSync, linkSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';

const OBJECTS = 1_000_000;

/**
 * Gives a git directory of ours the objects of another repository, without anything else of it: no alternates, no
 * grafts, no configuration, and nothing that is a link. Their contents are as hostile as before.
 */
export async function linkObjects(from: string, to: string): Promise<void> {
  let count = 0;
  for (const folder of names(from)) {
    const pattern = folder === 'pack' ? PACK : /^[0-9a-f]{2}$/.test(folder) ? LOOSE : undefined;
    if (!pattern || !isKind(join(from, folder), 'isDirectory')) continue;
    mkdirSync(join(to, folder), { recursive: true });
    for (const name of names(join(from, folder))) {
      if (!pattern.test(name) || !isKind(join(from, folder, name), 'isFile')) continue;
      if (++count > OBJECTS) throw new Error(`it has more than ${OBJECTS} objects`);
      if (count % 1000 === 0) await pause();
      link(join(from, folder, name), join(to, folder, name));
    }
  }
}

const LOOSE = /^[0-9a-f]{38}$/;
const PACK = /^pack-[0-9a-f]{40}\.(pack|idx)$/;

const isKind = (path: string, kind: 'isDirectory' | 'isFile'): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.[kind]() ?? false;

function names(folder: string): string[] {
  return isKind(folder, 'isDirectory') ? readdirSync(folder) : [];
}

function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}
