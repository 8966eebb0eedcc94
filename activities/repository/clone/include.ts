import { constants, copyFileSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { git } from '../git/git.ts';
import { excludeLine } from './exclude-line.ts';

/** Names the files that clones get though git ignores them, as patterns of gitignore(5). */
const INCLUDE_FILE = '.worktreeinclude';
const FILES = 10_000;
const BYTES = 1024 ** 3;

/**
 * Copies the ignored files of a repository at a path that its `.worktreeinclude` names, for instance `.env`, into a
 * clone. Links are not: they may lead out of the repository.
 * @returns patterns of gitignore(5) for what was copied; empty: nothing was
 */
export async function copyIncluded(
  { location, folder }: { location: string; folder: string },
  signal: AbortSignal,
): Promise<string> {
  if (!isAbsolute(location)) return '';
  const file = join(location, INCLUDE_FILE);
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return '';
  const call = { cwd: location, signal };
  const named = await git(['ls-files', '-z', '--others', '--ignored', `--exclude-from=${file}`], call);
  // With `./` at its head no path is a pattern.
  const input = Buffer.from(
    paths(named.stdout)
      .map((path) => `./${path}\0`)
      .join(''),
    'latin1',
  );
  const ignored = await git(['check-ignore', '-z', '--stdin'], { ...call, input, codes: [0, 1] });
  const copied: string[] = [];
  let bytes = 0;
  for (const path of paths(ignored.stdout).map((path) => path.slice(2))) {
    const source = Buffer.from(`${toBytes(location)}/${path}`, 'latin1');
    const stats = lstatSync(source, { throwIfNoEntry: false });
    if (!stats?.isFile() || path.includes('\n')) continue;
    bytes += stats.size;
    if (copied.length === FILES || bytes > BYTES) {
      throw new Error(`${INCLUDE_FILE} names more than ${FILES} files, or 1 GiB: name fewer`);
    }
    if (copyInto(folder, path, source)) copied.push(path);
  }
  return copied.map(pattern).join('');
}

/** Not through a link that is committed, and not over a file that is. */
function copyInto(folder: string, path: string, source: Buffer): boolean {
  const parts = dirname(path).split('/');
  for (const [index] of parts.entries()) {
    const parent = Buffer.from(`${toBytes(folder)}/${parts.slice(0, index + 1).join('/')}`, 'latin1');
    const stats = lstatSync(parent, { throwIfNoEntry: false });
    if (!stats) mkdirSync(parent);
    else if (!stats.isDirectory()) return false;
  }
  const target = Buffer.from(`${toBytes(folder)}/${path}`, 'latin1');
  if (lstatSync(target, { throwIfNoEntry: false })) return false;
  copyFileSync(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  return true;
}

const paths = (list: Buffer): string[] => list.toString('latin1').split('\0').filter(Boolean);
const toBytes = (path: string): string => Buffer.from(path).toString('latin1');

const pattern = (path: string): string => excludeLine(Buffer.from(path, 'latin1').toString('utf8'));
