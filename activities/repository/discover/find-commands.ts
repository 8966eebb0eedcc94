import type { Deliver } from '../../../contracts/repository/spec.ts';
import {
  type Commands,
  type DecidedCommands,
  decideCommands,
  TELLING_FILES,
} from '../../../core/repository/commands.ts';
import { REPOSITORY_FILE, REPOSITORY_FILE_BYTES, readRepositoryFile } from './repository-file.ts';
import { fileOf, listRoot, readText, type Tree, type TreeEntry } from './tree.ts';

/** How a repository is set up, checked, locked and delivered. `deliver`: null where its own file does not say. */
export interface FoundCommands extends DecidedCommands {
  deliver: Deliver | null;
}

/** So much of a file is looked at; a lock file says what it is at its beginning. */
const TELLING_BYTES = 1024 ** 2;

/**
 * The commands that count for a job, from its submission, the repository's own file, or what lies in the repository at
 * that commit. Nothing is checked out or run.
 * @param given null: none is wanted; left out: look further
 * @throws GitError
 */
export async function findCommands(
  git_dir: string,
  base_sha: string,
  given: Commands,
  signal: AbortSignal,
): Promise<FoundCommands> {
  const tree: Tree = { git_dir, sha: base_sha, signal };
  const { entries } = await listRoot(tree);
  const at = new Map(entries.map((entry) => [entry.path, entry]));
  const texts: Partial<Record<string, string>> = {};
  for (const name of TELLING_FILES) texts[name] = await textOf(tree, at.get(name));
  const own = await ownFile(tree, at.get(REPOSITORY_FILE));
  const { setup_command: setup, check_command: check, lock_command: lock, deliver = null } = own.file;
  const { commands, warnings } = decideCommands(
    given,
    { setup, check, lock },
    { names: new Set(at.keys()), texts },
  );
  return { commands, deliver, warnings: [...own.warnings, ...warnings] };
}

async function textOf(tree: Tree, entry: TreeEntry | undefined): Promise<string | undefined> {
  const file = await fileOf(tree, entry);
  return file ? (await readText(tree, file, TELLING_BYTES))?.text : undefined;
}

async function ownFile(
  tree: Tree,
  entry: TreeEntry | undefined,
): Promise<ReturnType<typeof readRepositoryFile>> {
  if (!entry) return { file: {}, warnings: [] };
  const left_out = (why: string) => ({
    file: {},
    warnings: [`${REPOSITORY_FILE}: ${why}. The file is left out.`],
  });
  const file = await fileOf(tree, entry);
  if (!file) return left_out('it is no file of the repository');
  const read = await readText(tree, file, REPOSITORY_FILE_BYTES);
  if (!read) return left_out('it is no text');
  if (read.truncated) return left_out(`it has more than ${REPOSITORY_FILE_BYTES} bytes`);
  return readRepositoryFile(read.text);
}
