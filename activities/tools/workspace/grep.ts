import { realpath } from 'node:fs/promises';
import { z } from 'zod';
import { defineTool, type Tool, ToolError } from '../tool.ts';
import type { SearchRequest, SearchResult } from './grep-worker.ts';
import { foldersOf, insideFolder } from './inside.ts';
import { searchOnThread } from './search-thread.ts';
import { SKIPPED_FOLDERS } from './skipped.ts';

const WORKER = new URL('./grep-worker.ts', import.meta.url);

/**
 * Our own, not the SDK's: that one searches with ripgrep where the host has it and otherwise by itself, with other
 * regular expressions and other files in each case, and names files by their absolute path on the host.
 */
export function grepTool(): Tool {
  return defineTool({
    name: 'grep',
    description:
      'Searches the text files of your folder for a regular expression (JavaScript), line by line. .git and node_modules are left out.',
    input: z.strictObject({
      pattern: z.string().min(1).max(2000),
      path: z.string().min(1).default('.').describe('folder or file to search'),
      ignore_case: z.boolean().default(false),
    }),
    risk: 'low',
    place: 'host',
    async run({ pattern, path, ignore_case }, context) {
      requireValid(pattern);
      const work = await realpath((await foldersOf(context)).work);
      const start = await insideFolder(context, path);
      const request: SearchRequest = { work, start, pattern, ignore_case, skip: SKIPPED_FOLDERS };
      const { lines, more } = await searchOnThread<SearchResult>(WORKER, request, context.signal);
      if (lines.length === 0) return { text: 'No line matches.' };
      return { text: [...lines, ...(more ? [`[${more}]`] : [])].join('\n') };
    },
  });
}

function requireValid(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch (error) {
    throw new ToolError(error instanceof Error ? error.message : String(error));
  }
}
