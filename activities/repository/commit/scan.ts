import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { repositoryFailure } from '../failures.ts';
import { shown } from '../files/shown.ts';
import { isDotGit } from './dot-git.ts';

/** What is known of a folder before it is looked at. Paths are bytes as Latin-1, relative, with slashes. */
export interface ScanInput {
  folder: string;
  /** files and links that git has */
  tracked: ReadonlySet<string>;
  /** left out with all that is in them */
  submodules: ReadonlySet<string>;
  /** which of these git ignores; none of them is tracked */
  ignored(paths: string[]): Promise<Set<string>>;
  /** of the whole folder, ignored folders aside */
  entry_limit: number;
}

/** What lies in a folder. */
export interface Scan {
  /** tracked ones that are there, as files or links */
  present: Set<string>;
  /** files and links that are not tracked, and not ignored */
  untracked: string[];
  /** files, those in ignored folders included, as far as 10,000 */
  ignored_files: number;
  /** folders other than the top that have a `.git` of their own */
  nested: string[];
  /** what git takes for a `.git` elsewhere */
  refused: string[];
  /** neither file, folder nor link */
  special: string[];
}

const COUNTED = 10_000;
const PATH_BYTES = 4000;
const AT_ONCE = 2000;

/**
 * Looks through a folder without following a link, opening a file, or running anything: no git that walks by itself is let
 * into it, since that asks the repositories that it meets. Ignored folders are counted only.
 * @throws CommitRefused where it has no end, or can't be read
 */
export async function scanFolder(input: ScanInput): Promise<Scan> {
  const { tracked, submodules, entry_limit } = input;
  const scan: Scan = {
    present: new Set(),
    untracked: [],
    ignored_files: 0,
    nested: [],
    refused: [],
    special: [],
  };
  const trackedFolders = foldersOf(tracked);
  let entries = 0;
  for (let level = ['']; level.length > 0; ) {
    const next: string[] = [];
    const files: string[] = [];
    const folders: string[] = [];
    for (const folder of level) {
      for (const { name, kind } of read(input.folder, folder)) {
        entries += 1;
        if (entries % AT_ONCE === 0) await pause();
        if (entries > entry_limit) throw refusal(`The folder has more than ${entry_limit} files.`);
        const path = folder === '' ? name : `${folder}/${name}`;
        if (path.length > PATH_BYTES) throw refusal(`The path ${named(path)} is too long.`);
        if (isDotGit(utf8(name))) {
          if (name !== '.git') scan.refused.push(path);
          else if (folder !== '') scan.nested.push(folder);
        } else if (submodules.has(path)) continue;
        else if (kind === 'folder') (trackedFolders.has(path) ? next : folders).push(path);
        else if (kind === 'special') {
          scan.special.push(path);
          unblock(input.folder, path, name);
        } else {
          if (RULES.has(name)) requireSmall(input.folder, path);
          if (tracked.has(path)) scan.present.add(path);
          else files.push(path);
        }
      }
    }
    const asked = [...files, ...folders];
    const ignored = asked.length > 0 ? await input.ignored(asked) : new Set<string>();
    for (const path of files) {
      if (ignored.has(path)) scan.ignored_files += 1;
      else scan.untracked.push(path);
    }
    for (const path of folders) {
      if (ignored.has(path))
        scan.ignored_files += countFiles(input.folder, path, COUNTED - scan.ignored_files);
      else next.push(path);
    }
    level = next;
  }
  return scan;
}

/** The name of a path for a message. */
export const named = (path: string): string => shown(utf8(path));

/** The bytes of a path below a folder. */
export const bytesOf = (folder: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);

const utf8 = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');
const refusal = (problem: string) =>
  repositoryFailure('CommitRefused', `${problem} Remove what is not wanted, or add it to .gitignore.`);

type Kind = 'folder' | 'file' | 'special';

function read(root: string, folder: string): { name: string; kind: Kind }[] {
  try {
    return readdirSync(bytesOf(root, folder), { withFileTypes: true, encoding: 'latin1' }).map((entry) => ({
      name: entry.name,
      kind: entry.isDirectory() ? 'folder' : entry.isFile() || entry.isSymbolicLink() ? 'file' : 'special',
    }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') throw refusal(`The folder ${named(folder)} can't be read.`);
    if (code === 'ENAMETOOLONG') throw refusal(`The path ${named(folder)} is too long.`);
    throw error;
  }
}

function countFiles(root: string, folder: string, limit: number): number {
  let count = 0;
  for (const waiting = [folder]; waiting.length > 0 && count < limit; ) {
    const at = waiting.pop()!;
    let entries: { name: string; kind: Kind }[];
    try {
      entries = read(root, at);
    } catch {
      continue; // ignored: that it can't be read matters to nobody
    }
    for (const { name, kind } of entries) {
      if (kind === 'folder') waiting.push(`${at}/${name}`);
      else count += 1;
    }
  }
  return Math.min(count, Math.max(limit, 0));
}

function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

/** Files that git reads in every folder to know what to do with the others. */
const RULES: ReadonlySet<string> = new Set(['.gitignore', '.gitattributes']);
const RULES_BYTES = 10 * 1024 ** 2;

// A pipe of that name would keep git waiting. It holds nothing that could be lost.
function unblock(root: string, path: string, name: string): void {
  if (RULES.has(name)) unlinkSync(bytesOf(root, path));
}

function requireSmall(root: string, path: string): void {
  if (lstatSync(bytesOf(root, path)).size > RULES_BYTES) {
    throw repositoryFailure(
      'CommitRefused',
      `The file ${named(path)} is larger than 10 MiB: make it smaller, or remove it.`,
    );
  }
}
