import type { DiffFile } from '../../../contracts/repository/view.ts';
import { toText } from '../../command/text.ts';

/** What `git diff-tree -r -z --raw [--numstat -p]` printed. */
export interface DiffOutput {
  files: DiffFile[];
  patch: Buffer;
  /** the list of files was not cut, and each file's lines are counted */
  complete: boolean;
}

const STATUS: Record<string, DiffFile['status']> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type_changed',
};

/**
 * Reads it: first a record `:<modes and shas> <status>` for each file with its path or two, then its numbers of lines,
 * each part ended by a NUL, then a lone NUL and the patch. See "Raw output format" in git-diff-tree(1).
 */
export function parseDiff(output: Buffer): DiffOutput {
  const parts = partsOf(output);
  const found = new Map<string, DiffFile>();
  let counted = 0;
  for (let part = parts.next(); part !== undefined; part = parts.next()) {
    if (part.length === 0) return { ...filesOf(found, counted), patch: output.subarray(parts.at()) };
    const record = part.toString('latin1');
    if (record.startsWith(':')) {
      const status = STATUS[/ ([A-Z])\d*$/.exec(record)?.[1] ?? ''];
      const first = parts.next();
      const second = status === 'renamed' ? parts.next() : undefined;
      const path = second ?? first;
      if (!path || !status) break;
      found.set(path.toString('latin1'), {
        path: toText(path),
        ...(second ? { old_path: toText(first!) } : {}),
        status,
        insertions: null,
        deletions: null,
      });
      continue;
    }
    const [insertions, deletions, name] = splitTwice(record);
    // both paths of a renamed file come after the empty name
    const path = name === '' ? [parts.next(), parts.next()][1]?.toString('latin1') : name;
    const file = path === undefined ? undefined : found.get(path);
    if (!file) break;
    counted += 1;
    if (insertions === '-') continue;
    file.insertions = Number(insertions);
    file.deletions = Number(deletions);
  }
  return { ...filesOf(found, counted), patch: Buffer.alloc(0) };
}

function filesOf(found: Map<string, DiffFile>, counted: number): Omit<DiffOutput, 'patch'> {
  return { files: [...found.values()], complete: counted === found.size };
}

/** At tabs; the name may have more of them. */
function splitTwice(record: string): [string, string, string] {
  const first = record.indexOf('\t');
  const second = record.indexOf('\t', first + 1);
  return [record.slice(0, first), record.slice(first + 1, second), record.slice(second + 1)];
}

function partsOf(output: Buffer) {
  let at = 0;
  return {
    at: () => at,
    /** undefined: there is none that is whole */
    next(): Buffer | undefined {
      const end = output.indexOf(0, at);
      if (end < 0) return undefined;
      const part = output.subarray(at, end);
      at = end + 1;
      return part;
    },
  };
}
