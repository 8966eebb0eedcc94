import { basename } from 'node:path';
import type { Command } from 'commander';
import { action } from '../context.ts';

interface Options {
  project: string;
  plans?: boolean;
}

const HELP = `
For clients of the Model Context Protocol that start a program; docs/mcp.md has the settings of common ones. Where the
service itself can be reached, such a client can use its address instead: <url>/mcp.

Nothing but messages goes to standard output. The service has to be running: tasks belong to it, and continue when this program ends.`;

/** `orchestrator mcp` */
export function mcpCommand(program: Command): void {
  program
    .command('mcp')
    .description('serve MCP on standard input and output: tasks as tools')
    .option(
      '--project <name>',
      'whose memory the scope project refers to',
      basename(process.cwd()) || 'default',
    )
    .option('--plans', 'also offer plan_tasks and its prompts')
    .addHelpText('after', HELP)
    .action(
      action<Options>(async ({ address }, _args, { project, plans }) => {
        // the libraries of MCP are only loaded by those who need them
        const { bridge } = await import('../mcp/bridge.ts');
        const tools = plans ? 'plans' : 'default';
        const query = new URLSearchParams({ project: project.slice(0, 100), tools });
        await bridge(address, `/mcp?${query}`, { input: process.stdin, output: process.stdout });
      }),
    );
}
