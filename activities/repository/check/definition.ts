import { lstat, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../git/git.ts';
import { readBlobs } from '../merge/blobs.ts';

/** At the root; of package.json only its scripts. */
const FILES = [
  'package.json',
  'Makefile',
  'makefile',
  'GNUmakefile',
  'justfile',
  'noxfile.py',
  'pytest.ini',
  'tox.ini',
] as const;
const LIMIT_BYTES = 8 * 1024 ** 2;

/** A file that says what the check does, as it is to judge. */
export interface DefinitionFile {
  name: string;
  /** null: it is as the work left it, which has it no more or in no readable form */
  content: string | Buffer | null;
}

/**
 * Files that say what a check does and that are not as they are in the base, as they are to judge: those of the base, and of
 * package.json the scripts of the base over those that came with the work. Files that the base does not have are the work's.
 */
export async function changedDefinition(
  gitDir: string,
  { base_sha, sha }: { base_sha: string; sha: string },
  signal: AbortSignal,
): Promise<DefinitionFile[]> {
  if (base_sha === sha) return [];
  const [base, now] = await Promise.all([
    rootFiles(gitDir, base_sha, signal),
    rootFiles(gitDir, sha, signal),
  ]);
  const changed = FILES.filter((name) => base.has(name) && base.get(name) !== now.get(name));
  const read = async (files: ReadonlyMap<string, string>) =>
    await readBlobs(
      gitDir,
      { names: changed.map((name) => files.get(name) ?? 'none'), limit_bytes: LIMIT_BYTES },
      signal,
    );
  const [before, after] = await Promise.all([read(base), read(now)]);
  return changed.flatMap((name, at): DefinitionFile[] => {
    const was = before[at];
    if (!was) return [];
    if (name !== 'package.json') return [{ name, content: was }];
    const content = after[at] ? withScripts(was.toString(), after[at].toString()) : null;
    return content === 'same' ? [] : [{ name, content }];
  });
}

/** Puts them into a checkout. */
export async function layDefinition(folder: string, files: readonly DefinitionFile[]): Promise<void> {
  for (const { name, content } of files) {
    if (content === null) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    await rm(path, { recursive: true, force: true }); // may be a link to anywhere
    await writeFile(path, content, { flag: 'wx', mode: stats?.isFile() ? stats.mode & 0o777 : 0o644 });
  }
}

/** Blobs of files at the root of a commit, by their names. Links are none. */
async function rootFiles(gitDir: string, sha: string, signal: AbortSignal): Promise<Map<string, string>> {
  const { stdout } = await git(['ls-tree', '-z', '--full-tree', '--end-of-options', sha, ...FILES], {
    cwd: gitDir,
    env: { GIT_DIR: gitDir },
    signal,
  });
  const found = new Map<string, string>();
  for (const record of stdout.toString('latin1').split('\0')) {
    const [, blob, name] = /^100\d+ blob (\w+)\t(.*)$/s.exec(record) ?? [];
    if (blob && name) found.set(name, blob);
  }
  return found;
}

/** The text of package.json as it is to judge; null: one can't be read. */
function withScripts(base: string, now: string): string | 'same' | null {
  const [before, after] = [parsed(base), parsed(now)];
  if (!before || !after) return null;
  const was = scriptsOf(before);
  // npm runs what has one of these names before and after the script
  const around = new Set(Object.keys(was).flatMap((name) => [`pre${name}`, `post${name}`]));
  const own = Object.entries(scriptsOf(after)).filter(([name]) => !(name in was) && !around.has(name));
  const scripts = { ...was, ...Object.fromEntries(own) };
  const isSame = sortedJson(scripts) === sortedJson(scriptsOf(after));
  return isSame ? 'same' : `${JSON.stringify({ ...after, scripts }, null, 2)}\n`;
}

const sortedJson = (object: object): string =>
  JSON.stringify(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

function scriptsOf({ scripts }: Record<string, unknown>): Record<string, unknown> {
  return typeof scripts === 'object' && scripts !== null ? { ...scripts } : {};
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
