import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../cli/service.ts';
import { printed, program, python } from './setup.ts';

/** Clients of the Model Context Protocol that others wrote, against `/mcp`. */

const TOOLS = ['task_start', 'task_await', 'task_peek', 'task_cancel', 'task_list'];

let service: TestService;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-peers-mcp-'));
  service = await startService();
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

test('the conformance suite fails where it is expected to, and nowhere else', {
  timeout: 820_000,
}, async (context) => {
  const expected = join(import.meta.dirname, 'mcp-expected-failures.yml');
  const args = ['server', '--url', `${service.url}/mcp`, '--expected-failures', expected];
  const told = await program(context, '@modelcontextprotocol/conformance', 'dist/index.js', args, {
    cwd: folder,
  });
  expect(printed(told)).toContain('server-initialize: 1 passed');
});

test('the inspector lists the tools, and calls one', { timeout: 820_000 }, async (context) => {
  const inspect = async (...args: string[]) => {
    const all = ['--cli', `${service.url}/mcp`, '--transport', 'http', ...args];
    const file = 'clients/launcher/build/index.js';
    const told = await program(context, '@modelcontextprotocol/inspector', file, all, { cwd: folder });
    return JSON.parse(printed(told));
  };
  const { tools } = await inspect('--method', 'tools/list');
  expect(tools.map(({ name }: { name: string }) => name)).toEqual(TOOLS);
  const memory = JSON.stringify({ key: 'style', value: 'baroque' });
  const put = await inspect(
    ...['--method', 'tools/call', '--tool-name', 'task_start', '--tool-arg', 'task=Remember'],
    ...['--tool-arg', 'op=memory.put', '--tool-arg', `memory=${memory}`],
  );
  expect(put.structuredContent).toMatchObject({ kind: 'op', taskId: expect.stringMatching(/^op-/) });
});

const CLIENT = `
import asyncio, json, sys
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

async def main(url):
    async with streamable_http_client(url) as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            prompts = [prompt.name for prompt in (await session.list_prompts()).prompts]
            memory = {"key": "colour", "value": "blue"}
            started = await session.call_tool("task_start", {"task": "Remember", "op": "memory.put", "memory": memory})
            kept = await session.read_resource("orchestrator://memory/project")
            unknown = await session.call_tool("task_list", {"view": "everything"})
            text = [one.text for one in started.content if one.type == "text"]
            failed = unknown.model_dump().get("isError", unknown.model_dump().get("is_error"))
            print(json.dumps({"tools": tools, "prompts": prompts, "started": text, "kept": kept.contents[0].text, "failed": failed}))

asyncio.run(main(sys.argv[1]))
`;

test('the Python client lists the tools, calls one, and reads what came of it', {
  timeout: 620_000,
}, async (context) => {
  await writeFile(join(folder, 'client.py'), CLIENT);
  const told = await python(context, 'python', ['client.py', `${service.url}/mcp`], { cwd: folder });
  const { tools, prompts, started, kept, failed } = JSON.parse(printed(told));
  expect(tools).toEqual(TOOLS);
  expect(prompts).toEqual(expect.arrayContaining(['orchestrator.status', 'orchestrator.output']));
  expect(started.join()).toMatch(/op-/);
  expect(kept).toContain('blue');
  expect(failed).toBe(true);
});
