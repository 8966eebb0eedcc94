import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bothMasks, createMask, type Mask } from '../../core/text/mask.ts';

/** No login is longer, in bytes. */
export const LOGIN_BYTES = 1024 * 1024;

/** Names by which logins hold what lets in; other values of theirs are no secrets. */
const SOUNDS_SECRET = /token|key|secret|password|access|refresh/i;

/** The mask of a worker, and over what the files of a login hold by now. */
export const maskWithLogins = (
  mask: Mask,
  { userHome, paths }: { userHome: string; paths: readonly string[] },
): Mask => bothMasks(mask, createMask(paths.flatMap((path) => secretsIn(join(userHome, path)))));

function secretsIn(file: string): string[] {
  const content = read(file);
  try {
    return secretStrings(JSON.parse(content), false);
  } catch {
    return content.split(/\s+/);
  }
}

function read(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return ''; // nobody is logged in any more
  }
  try {
    return fstatSync(fd).size > LOGIN_BYTES ? '' : readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** @param isSecret whether they stand below a name that says so */
function secretStrings(value: unknown, isSecret: boolean): string[] {
  if (typeof value === 'string') return isSecret ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    secretStrings(inner, isSecret || SOUNDS_SECRET.test(name)),
  );
}
