import { mkdir } from 'node:fs/promises';
import { resolvePath } from '@anthropic-ai/sdk/tools/agent-toolset/node';
import { type ToolContext, ToolError, type ToolFolders } from '../tool.ts';

/** The folders of a call, made where they are missing. */
export async function foldersOf({ folders }: Pick<ToolContext, 'folders'>): Promise<ToolFolders> {
  if (!folders) throw new ToolError('This task has no folder, so it can not work with files.');
  await mkdir(folders.work, { recursive: true });
  return folders;
}

/**
 * The real path, free of links, of a file that an agent names; the file itself need not exist.
 * @throws ToolError when it lies outside the task's folder, by links too
 */
export async function insideFolder(context: Pick<ToolContext, 'folders'>, path: string): Promise<string> {
  const { work } = await foldersOf(context);
  try {
    return await resolvePath({ workdir: work }, path);
  } catch (error) {
    throw asToolError(error);
  }
}

/** Errors of the SDK's tools are texts for the agent; anything else stays what it is. */
export function asToolError(error: unknown): unknown {
  return error instanceof Error && error.name === 'ToolError' ? new ToolError(error.message) : error;
}
