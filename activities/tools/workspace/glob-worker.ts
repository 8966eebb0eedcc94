// The thread that files are looked for on: patterns with many braces or alternatives never end.
import { glob, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

/** What to look for, and where. Paths are absolute and free of links. */
export interface GlobRequest {
  /** names in the result are relative to it */
  work: string;
  root: string;
  pattern: string;
  /** names of folders that are left out */
  skip: readonly string[];
}

export interface GlobResult {
  /** the last changed first */
  names: string[];
  /** what was left out, empty when nothing was */
  more: string;
}

const MAX_RESULTS = 500;
const MAX_VISITED = 50_000;

parentPort?.postMessage(await findFiles(workerData as GlobRequest));

async function findFiles({ work, root, pattern, skip }: GlobRequest): Promise<GlobResult> {
  const found: { file: string; changed: number }[] = [];
  let visited = 0;
  const exclude = ({ name }: { name: string }) => skip.includes(name);
  for await (const entry of glob(pattern, { cwd: root, withFileTypes: true, exclude })) {
    if (++visited > MAX_VISITED) break;
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    // a pattern that names a link to a folder is followed there
    const real = await realpath(file).catch(() => undefined);
    if (!real?.startsWith(root + sep)) continue;
    const stats = await stat(real).catch(() => undefined);
    found.push({ file: real, changed: stats?.mtimeMs ?? 0 });
  }
  found.sort((a, b) => b.changed - a.changed);
  const names = found.slice(0, MAX_RESULTS).map(({ file }) => relative(work, file).split(sep).join('/'));
  if (visited > MAX_VISITED) return { names, more: `only the first ${MAX_VISITED} entries were looked at` };
  return { names, more: found.length > MAX_RESULTS ? `and ${found.length - MAX_RESULTS} more` : '' };
}
