import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { expect, test } from 'vitest';
import { McpServerConfig } from '../../contracts/config.ts';
import { createMask } from '../../core/text/mask.ts';
import { isRunning } from '../command/setup.ts';
import { until } from '../setup/until.ts';
import { createTestServer } from './mcp-server.ts';
import { bench, type Received, serve, tempFolder } from './setup.ts';

const program = (fields: Partial<McpServerConfig> = {}) => ({
  ...McpServerConfig.parse({
    command: process.execPath,
    args: [join(import.meta.dirname, 'mcp-server.ts')],
    ...fields,
  }),
  risk: fields.risk,
});

test('tools of a server are offered by its name, with their own schemas, and called', async () => {
  const { registry, call } = await bench({ mcp_servers: { calc: program() } });
  const { tools, unavailable } = await registry.offered({ allow: ['calc__*'] });
  expect(unavailable).toEqual([]);
  const add = tools.find(({ name }) => name === 'calc__add');
  expect(add).toMatchObject({
    description: 'Adds two numbers',
    place: 'anywhere',
    input_schema: { type: 'object', required: ['a', 'b'] },
  });
  expect(await call('calc__add', { a: 2, b: 3 })).toMatchObject({ text: '5', is_error: false });
  expect(await call('calc__fail', {})).toMatchObject({ text: 'it failed', is_error: true });
  // the server validates
  expect(await call('calc__add', { a: 'two' })).toMatchObject({
    is_error: true,
    text: expect.stringMatching(/a/),
  });
});

test('risks are those of the configuration, else those that tools say of themselves', async () => {
  const own = await bench({ mcp_servers: { calc: program() } });
  const { tools } = await own.registry.offered({ allow: ['calc__*'] });
  const risks = Object.fromEntries(tools.map(({ name, risk, approval }) => [name, [risk, approval]]));
  expect(risks).toMatchObject({ calc__add: ['low', false], calc__env: ['medium', false] });
  const [drop] = Object.keys(risks).filter((name) => name.startsWith('calc__drop_table_'));
  expect(risks[drop!]).toEqual(['high', true]);
  expect(await own.call(drop!, {})).toMatchObject({ text: 'dropped' });
  const given = await bench({ mcp_servers: { calc: program({ risk: 'critical' }) } });
  const offer = await given.registry.offered({ allow: ['calc__add'] });
  expect(offer.tools.find(({ name }) => name === 'calc__add')).toMatchObject({
    risk: 'critical',
    approval: true,
  });
});

test('only tools on the list of the server are there', async () => {
  const { registry, context } = await bench({ mcp_servers: { calc: program({ tools: ['a*'] }) } });
  const { tools } = await registry.offered({ allow: ['*'] });
  expect(tools.map(({ name }) => name).filter((name) => name.startsWith('calc'))).toEqual(['calc__add']);
  const forged = [...tools, { ...tools[0]!, name: 'calc__env' }];
  expect((await registry.run({ name: 'calc__env', input: {} }, context, forged)).is_error).toBe(true);
});

test('a server is not started for agents that may not use it', async () => {
  const { registry } = await bench({ mcp_servers: { calc: program({ command: 'no-such-program' }) } });
  expect((await registry.offered({ allow: ['read_*', 'cal', 'calc_x'] })).unavailable).not.toContainEqual(
    expect.objectContaining({ name: 'calc' }),
  );
  const { unavailable } = await registry.offered({ allow: ['c*'] });
  expect(unavailable).toEqual([{ name: 'calc', reason: expect.stringMatching(/no-such-program/) }]);
});

test('a program gets what the configuration gives it and no secret of the service', async () => {
  process.env.ANTHROPIC_API_KEY = 'key-of-the-service';
  const { call } = await bench({
    mcp_servers: { calc: program({ env: { TOKEN: '${secret:CALC}', MODE: 'fast' } }) },
    secret: (name) => (name === 'CALC' ? 'calc-token-value' : undefined),
    mask: createMask(['calc-token-value']),
  });
  const { text } = await call('calc__env', {});
  delete process.env.ANTHROPIC_API_KEY;
  const env = JSON.parse(text) as Record<string, string>;
  // the server has the value; nobody else sees it
  expect(env).toMatchObject({ TOKEN: '***', MODE: 'fast' });
  expect(text).not.toContain('of-the-service');
  expect(Object.keys(env).filter((name) => /KEY|SECRET/.test(name))).toEqual([]);
});

test('a secret that is missing is told by its name', async () => {
  const { registry } = await bench({ mcp_servers: { calc: program({ env: { TOKEN: '${secret:CALC}' } }) } });
  const { unavailable } = await registry.offered({ allow: ['*'] });
  expect(unavailable).toEqual([{ name: 'calc', reason: expect.stringMatching(/ORCHESTRATOR_SECRET_CALC/) }]);
});

test('pictures become artifacts', async () => {
  const { call, store } = await bench({ mcp_servers: { calc: program() } });
  const { text, artifacts } = await call('calc__picture', {});
  expect(text).toMatch(/^here it is\n\[image\/png: kept as the artifact/);
  expect(artifacts).toMatchObject([{ media_type: 'image/png', size_bytes: 3 }]);
  expect(await store.getContent(artifacts[0]!.sha256)).toEqual(Buffer.from([1, 0, 2]));
});

test('a server that ended is started again with the next call, and ended with the registry', async () => {
  const { call, registry } = await bench({ mcp_servers: { calc: program() } });
  const first = Number((await call('calc__pid', {})).text);
  const died = await call('calc__die', {});
  expect(died).toMatchObject({ is_error: true, text: expect.stringMatching(/answer was lost/) });
  const second = Number((await call('calc__pid', {})).text);
  expect(second).not.toBe(first);
  await registry.close();
  await until(async () => !(await isRunning(second)), { what: 'the server to end' });
});

test('a cancelled call is cancelled at the server', async () => {
  const { call } = await bench({ mcp_servers: { calc: program() } });
  const file = join(await tempFolder(), 'calls');
  const stop = new AbortController();
  const hanging = call('calc__hang', { file }, { signal: stop.signal });
  hanging.catch(() => {});
  const said = (what: string) => async () => (await readFile(file, 'utf8')).includes(what);
  await until(said('called'));
  stop.abort(new Error('cancelled'));
  await expect(hanging).rejects.toThrow('cancelled');
  await until(said('cancelled'));
});

test('a server over HTTP gets its headers, and a session that it forgot is begun anew', async () => {
  let sessions = new Map<string, StreamableHTTPServerTransport>();
  const answer = async (got: Received, request: IncomingMessage, response: ServerResponse) => {
    const known = sessions.get(String(got.headers['mcp-session-id']));
    if (!known && got.headers['mcp-session-id']) return void response.writeHead(404).end();
    const transport =
      known ??
      new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, transport),
      });
    if (!known) await createTestServer().connect(transport);
    await transport.handleRequest(request, response, got.body ? JSON.parse(got.body) : undefined);
  };
  const server = await serve((got, request, response) => void answer(got, request, response));
  const config = McpServerConfig.parse({
    url: `${server.url}/mcp`,
    headers: { Authorization: 'Bearer ${secret:CALC}' },
  });
  const { call, registry } = await bench({
    mcp_servers: { calc: config },
    tools: { allow_private_hosts: [server.host], result_chars: 30_000 },
    secret: () => 'calc-token-value',
  });
  expect((await call('calc__add', { a: 2, b: 2 })).text).toBe('4');
  expect(server.received.every(({ headers }) => headers.authorization === 'Bearer calc-token-value')).toBe(
    true,
  );
  const { tools } = await registry.offered({ allow: ['calc__*'] });
  const { context } = await bench();
  sessions = new Map();
  const again = await registry.run({ name: 'calc__add', input: { a: 3, b: 3 } }, context, tools);
  expect(again).toMatchObject({ text: '6', is_error: false });
  await registry.close();
  expect(server.received.at(-1)).toMatchObject({ method: 'DELETE' });
});
