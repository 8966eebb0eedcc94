import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { noSandbox } from '../../activities/sandbox/sandbox.ts';
import { createMcpServer } from '../../activities/tools/mcp/server.ts';
import type { ToolContext } from '../../activities/tools/tool.ts';
import { Config, McpServerConfig } from '../../contracts/config.ts';
import { tempFolder } from '../command/setup.ts';
import { until } from '../setup/until.ts';
import { bench } from '../tools/setup.ts';
import { MISSING, sandboxOf } from './setup.ts';

const SERVER = join(import.meta.dirname, '../tools/mcp-server.ts');

const program = (fields: Record<string, unknown> = {}) => {
  const { risk: _, ...settings } = McpServerConfig.parse({
    command: process.execPath,
    args: [SERVER],
    ...fields,
  });
  return settings;
};

/** Where servers have their `/tmp`. */
const folders = () =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith('orchestrator-mcp-'))
    .map((name) => join(tmpdir(), name));

/** What a file in /proc says of every process. */
const ofProcesses = (file: 'cmdline' | 'environ') =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'latin1');
      } catch {
        return '';
      }
    });

describe.skipIf(MISSING)(`an MCP server that is a program${MISSING ? ` (${MISSING})` : ''}`, () => {
  test('works in a sandbox, with a home of its own, and sees nothing else', async () => {
    const outside = await tempFolder();
    const homes_dir = await tempFolder();
    const sandbox = await sandboxOf();
    const before = folders();
    const token = `planted-${process.pid}`;
    const { call, registry } = await bench({
      mcp_servers: { calc: program({ env: { TOKEN: token } }) },
      mcp_place: { sandbox, homes_dir },
    });
    expect(await call('calc__add', { a: 2, b: 3 })).toMatchObject({ text: '5' });
    const env = JSON.parse((await call('calc__env', {})).text);
    expect(env).toMatchObject({ HOME: join(homes_dir, 'calc'), TOKEN: token });
    expect(Number((await call('calc__pid', {})).text)).toBeLessThan(30);
    const file = join(outside, 'file');
    expect(await call('calc__hang', { file })).toMatchObject({
      is_error: true,
      text: expect.stringMatching(/ENOENT|EROFS/),
    });
    expect(existsSync(file)).toBe(false);
    const own = folders().filter((folder) => !before.includes(folder));
    // others of this host may have made some meanwhile
    expect(own).not.toEqual([]);
    expect(ofProcesses('cmdline').filter((line) => line.includes(token))).toEqual([]);
    const runs = () => ofProcesses('environ').some((line) => line.includes(homes_dir));
    expect(runs()).toBe(true);
    await registry.close();
    await until(() => !runs(), { what: 'the server to end' });
    await until(() => own.every((folder) => !existsSync(folder)), { what: 'its folder to go' });
    await sandbox.close();
  });

  test('sees what its arguments name, and the whole host where its sandbox is off', async () => {
    const outside = await tempFolder();
    const sandbox = await sandboxOf();
    const mcp_place = { sandbox, homes_dir: await tempFolder() };
    const named = await bench({ mcp_servers: { calc: program({ args: [SERVER, outside] }) }, mcp_place });
    const file = join(outside, 'file');
    expect((await named.call('calc__hang', { file })).text).toMatch(/EROFS/);
    await named.registry.close();
    const off = await bench({ mcp_servers: { calc: program({ sandbox: 'off' }) }, mcp_place });
    expect(Number((await off.call('calc__pid', {})).text)).toBeGreaterThan(30);
    await off.registry.close();
    await sandbox.close();
  });
});

test.for(MISSING ? ['none'] : ['none', 'bubblewrap'])(
  'a server that takes more than it may is ended, and says so: sandbox %s',
  async (kind) => {
    const limits = { memory_mb: 16 };
    const sandbox = kind === 'none' ? noSandbox({ limits }) : await sandboxOf(limits);
    const homes_dir = await tempFolder();
    const place = { sandbox, homes_dir };
    const outgoing = { tools: Config.parse({}).tools };
    const server = createMcpServer('calc', program(), { outgoing, place, secret: () => undefined });
    const context = { signal: new AbortController().signal, heartbeat: () => {} } as unknown as ToolContext;
    const hung = server.call('hang', { file: join(homes_dir, 'calc', 'file') }, context);
    await expect(hung).rejects.toThrow('it took more than 16 MB of memory (sandbox.memory_mb)');
    await server.close();
    await sandbox.close();
  },
);
