import { glob, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { defineTool, type Tool, ToolError } from '../tool.ts';
import { foldersOf, insideFolder } from './inside.ts';
import { SKIPPED_FOLDERS } from './skipped.ts';

const MAX_RESULTS = 500;
const MAX_VISITED = 50_000;

/**
 * Our own, not the SDK's: that one names files by their absolute path on the host, and its 200 newest are those of
 * the orchestrator's own bookkeeping.
 */
export function globTool(): Tool {
  return defineTool({
    name: 'glob',
    description:
      'Lists files of your folder by a pattern such as src/**/*.ts, the last changed first. .git and node_modules are left out.',
    input: z.strictObject({
      pattern: z.string().min(1).max(1000),
      path: z.string().min(1).default('.').describe('folder to look in'),
    }),
    risk: 'low',
    place: 'host',
    async run({ pattern, path }, context) {
      if (isAbsolute(pattern) || pattern.split(/[\\/{},]/).includes('..')) {
        throw new ToolError('The pattern must be relative and without "..". Give a folder of yours as path.');
      }
      const work = await realpath((await foldersOf(context)).work);
      const root = await insideFolder(context, path);
      const found = await findFiles(root, pattern, context.signal);
      if (found.files.length === 0) return { text: 'No file matches.' };
      const names = found.files.map((file) => relative(work, file).split(sep).join('/'));
      return { text: [...names, ...(found.more ? [`[${found.more}]`] : [])].join('\n') };
    },
  });
}

async function findFiles(
  root: string,
  pattern: string,
  signal: AbortSignal,
): Promise<{ files: string[]; more: string }> {
  const found: { file: string; changed: number }[] = [];
  let visited = 0;
  const entries = glob(pattern, {
    cwd: root,
    withFileTypes: true,
    exclude: ({ name }) => SKIPPED_FOLDERS.includes(name),
  });
  for await (const entry of entries) {
    signal.throwIfAborted();
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
  const files = found.slice(0, MAX_RESULTS).map(({ file }) => file);
  if (visited > MAX_VISITED) return { files, more: `only the first ${MAX_VISITED} entries were looked at` };
  return { files, more: found.length > MAX_RESULTS ? `and ${found.length - MAX_RESULTS} more` : '' };
}
