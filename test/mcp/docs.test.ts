import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { TOOLS } from '../../api/compatibility/mcp/tool-list.ts';
import { Config } from '../../contracts/config.ts';
import { BUILT_IN_WORKFLOW } from '../../core/submission/workflow-steps.ts';
import { blocksOf, code, ROOT, readPage, tableOf } from '../docs/page.ts';
import { type McpWorld, startMcpWorld } from './setup.ts';

const exec = promisify(execFile);
const page = readPage('docs/mcp.md');
const snippets = blocksOf(page).filter(({ note }) => note === 'stdio' || note === 'http');

let world: McpWorld;
beforeAll(async () => {
  world = await startMcpWorld();
}, 60_000);
afterAll(() => world.close());

test('there is a snippet for every common client, and each can be read by it', async () => {
  for (const name of [
    'Claude Desktop',
    'Cursor',
    'Windsurf',
    'Claude Code',
    'VS Code',
    'Codex',
    'Gemini',
    'opencode',
    'Continue',
  ]) {
    expect(page).toContain(name);
  }
  expect(snippets).toHaveLength(9);
  for (const { language, text, note, line } of snippets) {
    if (language === 'json') expect(typeof JSON.parse(text), `line ${line}`).toBe('object');
    else if (language === 'yaml') expect(typeof parse(text), `line ${line}`).toBe('object');
    else await exec('sh', ['-n', '-c', text]);
    if (note === 'http')
      expect(text, `line ${line}`).toContain('http://127.0.0.1:8080/mcp?project=my-project');
    else expect(text, `line ${line}`).toMatch(/mcp"?,? "?--project"?,? "?my-project/);
  }
});

test('the program of the snippets speaks MCP', async () => {
  const { command, args } = JSON.parse(snippets[0]!.text).mcpServers.orchestrator;
  const client = new Client({ name: 'a test', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command,
      args: args.map((arg: string) => (arg === '/path/to/orchestrator' ? ROOT : arg)),
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ORCHESTRATOR_URL: world.url },
      stderr: 'ignore',
    }),
  );
  expect((await client.listTools()).tools).toHaveLength(5);
  await client.close();
});

test('the page describes the tools, the built-in workflow and the settings that there are', () => {
  expect(tableOf(page, 'tool').map(([name]) => code(name))).toEqual(TOOLS.map(({ name }) => name));
  expect(page).toContain(`default \`${BUILT_IN_WORKFLOW}\``);
  const { text } = blocksOf(page).find(({ note }) => note === 'config')!;
  const shown = Config.parse(parse(text));
  const defaults = Config.parse({});
  expect({ ...shown.workflows, named: {} }).toEqual(defaults.workflows);
  expect(shown.security).toEqual(defaults.security);
});
