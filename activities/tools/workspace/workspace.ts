import type { ToolDeps } from '../deps.ts';
import type { Tool } from '../tool.ts';
import { bashTool } from './bash.ts';
import { fileTools } from './files.ts';
import { globTool } from './glob.ts';
import { grepTool } from './grep.ts';

/** Tools that work in the task's folder, on the host where it lies; `bash` only where commands are on. */
export function workspaceTools(deps: Pick<ToolDeps, 'store' | 'commands' | 'limits' | 'mask'>): Tool[] {
  const bash = deps.commands.commands === 'off' ? [] : [bashTool(deps)];
  return [...bash, ...fileTools(), globTool(), grepTool()];
}
