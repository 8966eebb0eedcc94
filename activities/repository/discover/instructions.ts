import { posix } from 'node:path';
import { literalFolder } from '../../../core/repository/file-scope.ts';
import { beginning, shownPath } from './overview/shown.ts';
import { entriesAt, fileOf, readText, type Tree } from './tree.ts';

/** Where a repository tells agents how to work in it; the first of a folder that is there counts. */
export const INSTRUCTION_FILES = ['AGENTS.md', 'CLAUDE.md'] as const;

/** The most characters of instructions in all. */
const MOST_CHARS = 16_000;
/** Folders whose instructions are looked for, of a task that names very many. */
const MOST_FOLDERS = 200;
const MOST_TEXTS = 10;

/**
 * What a repository tells agents who work on these files: of each file what lies nearest to it, then what lies above that, up to the
 * root. Without files it is what the root says.
 * @param files paths and globs, as tasks declare them
 * @returns null: it says nothing
 * @throws GitError
 */
export async function instructionsFor(
  git_dir: string,
  sha: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const tree: Tree = { git_dir, sha, signal };
  const folders = foldersAbove(files);
  const at = await entriesAt(
    tree,
    folders.flatMap((folder) => INSTRUCTION_FILES.map((name) => posix.join(folder, name))),
  );
  const texts: { folder: string; path: string; text: string }[] = [];
  for (const folder of folders) {
    if (texts.length === MOST_TEXTS) break;
    for (const name of INSTRUCTION_FILES) {
      const path = posix.join(folder, name);
      const file = await fileOf(tree, at.get(path));
      const read = file && (await readText(tree, file, 4 * MOST_CHARS));
      if (!read?.text.trim()) continue;
      texts.push({ folder, path, text: beginning(read.text, MOST_CHARS, !read.truncated) });
      break;
    }
  }
  const [only] = texts;
  if (!only) return null;
  if (texts.length === 1) return only.folder === '.' ? only.text : beginning(headed(only), MOST_CHARS);
  return beginning(texts.map(headed).join('\n\n'), MOST_CHARS);
}

const headed = ({ folder, path, text }: { folder: string; path: string; text: string }): string =>
  `[${shownPath(path)}, for ${folder === '.' ? 'the whole repository' : `${shownPath(folder)}/`}]\n${text.trim()}`;

/** The folders of these files and all above them, the deepest first, the root last. */
function foldersAbove(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    let folder = literalFolder(file);
    while (folder !== '.' && folders.size < MOST_FOLDERS && !folders.has(folder)) {
      folders.add(folder);
      folder = posix.dirname(folder);
    }
  }
  const depth = (path: string) => path.split('/').length;
  return [...[...folders].sort((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1)), '.'];
}
