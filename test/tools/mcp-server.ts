// A real MCP server for the tests, on standard input and output when it is started as a program.
import { appendFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

/** A server with a tool for every kind of answer. */
export function createTestServer(): McpServer {
  const server = new McpServer({ name: 'test', version: '1' });
  const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });
  server.registerTool(
    'add',
    {
      description: 'Adds two numbers',
      inputSchema: { a: z.number(), b: z.number() },
      annotations: { readOnlyHint: true },
    },
    ({ a, b }) => text(String(a + b)),
  );
  server.registerTool('drop.table', { description: 'Drops', annotations: { destructiveHint: true } }, () =>
    text('dropped'),
  );
  server.registerTool('env', { description: 'Its environment' }, () => text(JSON.stringify(process.env)));
  server.registerTool('fail', { description: 'Fails' }, () => {
    throw new Error('it failed');
  });
  server.registerTool('picture', { description: 'A picture' }, () => ({
    content: [
      { type: 'text' as const, text: 'here it is' },
      { type: 'image' as const, data: Buffer.from([1, 0, 2]).toString('base64'), mimeType: 'image/png' },
    ],
  }));
  server.registerTool('die', { description: 'Ends the server' }, () => process.exit(1));
  server.registerTool(
    'hang',
    { description: 'Never answers', inputSchema: { file: z.string() } },
    ({ file }, { signal }) => {
      appendFileSync(file, 'called\n');
      signal.addEventListener('abort', () => appendFileSync(file, 'cancelled\n'));
      return new Promise<never>(() => {});
    },
  );
  server.registerTool('pid', { description: 'Its process id' }, () => text(String(process.pid)));
  return server;
}

if (import.meta.main) await createTestServer().connect(new StdioServerTransport());
