import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AgentToolContext,
  betaEditTool,
  betaReadTool,
  betaWriteTool,
} from '@anthropic-ai/sdk/tools/agent-toolset/node';
import { z } from 'zod';
import { defineTool, type Tool, type ToolContext, ToolError, type ToolOutput } from '../tool.ts';
import { asToolError, foldersOf, insideFolder } from './inside.ts';
import { BOOKKEEPING } from './skipped.ts';

/** Largest file that is read whole or edited. */
const SDK_FILE_BYTES = 256 * 1024;

const file_path = z.string().min(1).describe('in your folder');

/**
 * Reading, writing and editing of files, by the SDK's toolset: it resolves every link before it looks whether a path
 * is inside, works on the path that it looked at, does not open what is no file, and replaces files in one step.
 * The names of the fields are those that its messages speak of.
 */
export function fileTools(): Tool[] {
  return [readTool(), writeTool(), editTool()];
}

function readTool(): Tool {
  return defineTool({
    name: 'read_file',
    description: 'Reads a text file of your folder, or some of its lines.',
    input: z.strictObject({
      file_path,
      view_range: z
        .array(z.int())
        .length(2)
        .optional()
        .describe('[first line, last line], from 1, both included'),
    }),
    risk: 'low',
    place: 'host',
    run: (input, context) => runSdkTool(betaReadTool, input, context),
  });
}

function writeTool(): Tool {
  return defineTool({
    name: 'write_file',
    description:
      'Writes a text file in your folder: a new one, or all of an old one. Folders are made as needed.',
    input: z.strictObject({ file_path, content: z.string() }),
    risk: 'low',
    place: 'host',
    run: (input, context) => runSdkTool(betaWriteTool, input, context),
  });
}

function editTool(): Tool {
  return defineTool({
    name: 'edit_file',
    description:
      'Replaces old_string with new_string in a text file of your folder. old_string must occur exactly as given, and only once unless replace_all is true.',
    input: z.strictObject({
      file_path,
      old_string: z.string().min(1),
      new_string: z.string(),
      replace_all: z.boolean().optional(),
    }),
    risk: 'low',
    place: 'host',
    async run(input, context) {
      await requireText(input.file_path, context);
      return await runSdkTool(betaEditTool, input, context);
    },
  });
}

/** The SDK reads as UTF-8 and would write U+FFFD for every byte that is not. Files over its limit it refuses. */
async function requireText(path: string, context: ToolContext): Promise<void> {
  const file = await insideFolder(context, path);
  const stats = await stat(file).catch(() => undefined);
  if (!stats?.isFile() || stats.size > SDK_FILE_BYTES) return;
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes && !isUtf8(bytes)) throw new ToolError(`${path} is not text in UTF-8; change it with a program.`);
}

async function runSdkTool<I>(
  toolOf: (context: AgentToolContext) => { run(input: I): unknown },
  input: I,
  context: ToolContext,
): Promise<ToolOutput> {
  const { work } = await foldersOf(context);
  try {
    const said = await toolOf({
      workdir: work,
      readOnlyRoots: [join(work, BOOKKEEPING)],
      maxFileBytes: SDK_FILE_BYTES,
    }).run(input);
    return { text: typeof said === 'string' ? said || '(empty)' : JSON.stringify(said) };
  } catch (error) {
    throw asToolError(error);
  }
}
