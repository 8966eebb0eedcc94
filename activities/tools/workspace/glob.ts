import { realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { defineTool, type Tool, ToolError } from '../tool.ts';
import type { GlobRequest, GlobResult } from './glob-worker.ts';
import { foldersOf, insideFolder } from './inside.ts';
import { searchOnThread } from './search-thread.ts';
import { SKIPPED_FOLDERS } from './skipped.ts';

const WORKER = new URL('./glob-worker.ts', import.meta.url);

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
      const request: GlobRequest = { work, root, pattern, skip: SKIPPED_FOLDERS };
      const { names, more } = await searchOnThread<GlobResult>(WORKER, request, context.signal);
      if (names.length === 0) return { text: 'No file matches.' };
      return { text: [...names, ...(more ? [`[${more}]`] : [])].join('\n') };
    },
  });
}
