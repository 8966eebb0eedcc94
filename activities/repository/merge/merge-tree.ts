import { toText } from '../../command/text.ts';
import { git } from '../git/git.ts';

/** A file that could not be merged, in one of the three versions. */
export interface ConflictEntry {
  mode: string;
  blob: string;
  /** 1: of the common ancestor; 2: of what is merged into; 3: of what is merged */
  stage: number;
  /** bytes as latin1 */
  path: string;
}

/** What git says about paths. */
export interface MergeMessage {
  /** bytes as latin1 */
  paths: string[];
  /** `CONFLICT (contents)`, `CONFLICT (modify/delete)`, `Auto-merging` ... */
  type: string;
  text: string;
}

/** A merge that was tried. */
export interface MergedTree {
  /** sha; of a conflict: with the marks in its files */
  tree: string;
  conflict: { entries: ConflictEntry[]; messages: MergeMessage[] } | null;
}

const MERGE_SECONDS = 300;

/**
 * Merges two commits into a tree, without a work tree and without moving anything, see git-merge-tree(1). Conflicts are
 * marked as diff3 does.
 * @param attributes file for `core.attributesFile`
 * @throws GitError
 */
export async function mergeTree(
  gitDir: string,
  { ours, theirs, attributes }: { ours: string; theirs: string; attributes: string },
  signal: AbortSignal,
): Promise<MergedTree> {
  const config = ['-c', 'merge.conflictStyle=diff3', '-c', `core.attributesFile=${attributes}`];
  const { code, stdout } = await git(
    [...config, 'merge-tree', '--write-tree', '-z', '--end-of-options', ours, theirs],
    { cwd: gitDir, env: { GIT_DIR: gitDir }, signal, codes: [0, 1], timeout_seconds: MERGE_SECONDS },
  );
  const parts = stdout.toString('latin1').split('\0');
  const tree = parts[0]!;
  if (code === 0) return { tree, conflict: null };
  const entries: ConflictEntry[] = [];
  let at = 1;
  for (; at < parts.length && parts[at] !== ''; at += 1) {
    const [, mode, blob, stage, path] = /^(\d+) ([0-9a-f]+) (\d)\t(.*)$/s.exec(parts[at]!)!;
    entries.push({ mode: mode!, blob: blob!, stage: Number(stage), path: path! });
  }
  return { tree, conflict: { entries, messages: messagesOf(parts.slice(at + 1)) } };
}

/** Each: how many paths, these, the type, and the text. */
function messagesOf(parts: readonly string[]): MergeMessage[] {
  const messages: MergeMessage[] = [];
  for (let at = 0; at + 1 < parts.length; ) {
    const count = Number(parts[at]);
    const paths = parts.slice(at + 1, at + 1 + count);
    const [type = '', text = ''] = parts.slice(at + 1 + count);
    messages.push({ paths, type, text: toText(Buffer.from(text, 'latin1')).trimEnd() });
    at += count + 3;
  }
  return messages;
}
