import { lstat, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../git/git.ts';
import { readBlobs } from '../merge/blobs.ts';

/** At the root; of package.json only its scripts. */
const FILES = [
  ...['package.json', '.npmrc', 'Makefile', 'makefile', 'GNUmakefile', 'justfile', 'noxfile.py'],
  ...['pytest.ini', '.pytest.ini', 'tox.ini'],
  ...configsOf('vitest', 'jest', 'playwright', 'ava').concat('.mocharc.json', '.mocharc.yml', '.mocharc.cjs'),
];

/** Files that count before others: new beside one of those, they would say what the check does. */
const BEFORE: Record<string, readonly string[]> = {
  GNUmakefile: ['makefile', 'Makefile'],
  makefile: ['Makefile'],
  '.npmrc': ['package.json'],
  'pytest.ini': ['pyproject.toml', 'tox.ini', 'setup.cfg', '.pytest.ini'],
  '.pytest.ini': ['pyproject.toml', 'tox.ini', 'setup.cfg'],
};

const LIMIT_BYTES = 8 * 1024 ** 2;

function configsOf(...tools: string[]): string[] {
  return tools.flatMap((tool) => ['ts', 'mts', 'js', 'mjs', 'cjs'].map((end) => `${tool}.config.${end}`));
}

/** A file that says what the check does, as it is to judge. */
export interface DefinitionFile {
  name: string;
  /** `gone`: it must not be there; `as it is`: as the work left it, which has it no more or not in its form */
  judge: { content: string | Buffer } | 'gone' | 'as it is';
}

/**
 * Files that say what a check does and that are not as they are in the base, as they are to judge: those of the base, and of
 * package.json the scripts of the base over those that came with the work. New files are the work's, but for those that would
 * count before a file of the base.
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
  const blobOf = (files: ReadonlyMap<string, RootFile>, name: string) => files.get(name)?.blob;
  const changed = FILES.filter((name) => blobOf(base, name) && blobOf(base, name) !== blobOf(now, name));
  const read = async (files: ReadonlyMap<string, RootFile>) =>
    await readBlobs(
      gitDir,
      { names: changed.map((name) => blobOf(files, name) ?? 'none'), limit_bytes: LIMIT_BYTES },
      signal,
    );
  const [before, after] = await Promise.all([read(base), read(now)]);
  const restored = changed.flatMap((name, at): DefinitionFile[] => {
    const was = before[at];
    if (!was) return [];
    if (name !== 'package.json') return [{ name, judge: { content: was } }];
    if (!now.has(name)) return [{ name, judge: 'as it is' }];
    // a link, a folder, or more than is read
    if (!after[at]) return [{ name, judge: { content: was } }];
    const content = withScripts(was.toString(), after[at].toString());
    if (content === 'same') return [];
    return [{ name, judge: content === null ? 'as it is' : { content } }];
  });
  const added = Object.entries(BEFORE).filter(
    ([name, others]) => now.has(name) && !base.has(name) && others.some((other) => base.has(other)),
  );
  return [...restored, ...added.map(([name]): DefinitionFile => ({ name, judge: 'gone' }))];
}

/** Puts them into a checkout. */
export async function layDefinition(folder: string, files: readonly DefinitionFile[]): Promise<void> {
  for (const { name, judge } of files) {
    if (judge === 'as it is') continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    await rm(path, { recursive: true, force: true }); // may be a link to anywhere
    if (judge === 'gone') continue;
    await writeFile(path, judge.content, { flag: 'wx', mode: stats?.isFile() ? stats.mode & 0o777 : 0o644 });
  }
}

interface RootFile {
  /** undefined: it is a link or a folder */
  blob?: string;
}

/** What a commit has at its root of the files that say what a check does, or stand beside them, by their names. */
async function rootFiles(gitDir: string, sha: string, signal: AbortSignal): Promise<Map<string, RootFile>> {
  const names = [...new Set([...FILES, ...Object.values(BEFORE).flat()])];
  const { stdout } = await git(['ls-tree', '-z', '--full-tree', '--end-of-options', sha, ...names], {
    cwd: gitDir,
    env: { GIT_DIR: gitDir },
    signal,
  });
  const found = new Map<string, RootFile>();
  for (const record of stdout.toString('latin1').split('\0')) {
    const [, mode, object, name] = /^(\d+) \w+ (\w+)\t(.*)$/s.exec(record) ?? [];
    if (name) found.set(name, mode!.startsWith('100') ? { blob: object! } : {});
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
