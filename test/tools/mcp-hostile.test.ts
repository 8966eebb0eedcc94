import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { McpServerConfig } from '../../contracts/config.ts';
import { bench, serve } from './setup.ts';

const hostile = (mode: string) =>
  McpServerConfig.parse({
    command: process.execPath,
    args: [join(import.meta.dirname, 'hostile-mcp.ts'), mode],
  });

const open = (mode: string) => bench({ mcp_servers: { x: hostile(mode) } });
const listed = async (mode: string) => await (await open(mode)).registry.offered({ allow: ['x__*'] });
const own = (tools: { name: string }[]) =>
  tools.map(({ name }) => name).filter((name) => name.startsWith('x__'));

describe('lists', () => {
  test.each([
    ['same-cursor', 2, /starts over/],
    ['pages', 100, /more than 100 pages/],
    ['many', 1000, /more than 1000 tools/],
    ['large', 2, /longer than/],
  ])('one that does not end is cut, and what was read is used: %s', async (mode, count, reason) => {
    const { tools, remarks } = await listed(mode);
    // the same tool on two pages is one
    expect(own(tools)).toHaveLength(mode === 'same-cursor' ? 1 : count);
    expect(remarks).toContainEqual({ name: 'x', reason: expect.stringMatching(reason) });
  });

  test('an empty cursor leads to the next page', async () => {
    const { tools, remarks } = await listed('empty-cursor');
    expect(own(tools)).toEqual(['x__first', 'x__second']);
    expect(remarks).toEqual([]);
  });

  test.each(['mute', 'mute-list'])('a cancellation reaches a server that never answers: %s', async (mode) => {
    const { registry } = await open(mode);
    const stop = new AbortController();
    const listing = registry.offered({ allow: ['x__*'] }, { capped: false }, stop.signal);
    setImmediate(() => stop.abort(new Error('cancelled')));
    await expect(listing).rejects.toThrow('cancelled');
  });

  test('garbage on standard output, and answers that nobody asked for, are passed over', async () => {
    const { registry, call } = await open('garbage');
    const { tools, remarks } = await registry.offered({ allow: ['x__*'] });
    expect(own(tools).length).toBeGreaterThan(10);
    expect(remarks).toEqual([]);
    expect((await call('x__twice', {})).text).toBe('mail sent');
    expect((await call('x__announced', {})).text).toBe('mail sent');
  });

  test('a line without an end ends the connection, with the reason', async () => {
    const { remarks } = await listed('endless-line');
    expect(remarks).toEqual([{ name: 'x', reason: expect.stringMatching(/more than \d+ bytes at once/) }]);
  });
});

test('one odd tool is left out, or told in words, and takes no other away', async () => {
  const { tools, remarks } = await listed('odd');
  const names = own(tools);
  const left = (name: string) => remarks.find((remark) => remark.name === `x__${name}`)?.reason;
  for (const name of ['good', 'untyped', 'nothing', 'cycle', 'odd_output', 'twice']) {
    expect(names).toContain(`x__${name}`);
  }
  for (const name of ['any_of', 'ref', 'lost_ref', 'banana', 'odd_argument', 'wordy']) {
    expect(names, name).toContain(`x__${name}`);
    expect(left(name), name).toBeDefined();
  }
  for (const name of ['text', 'list', 'deep', 'large', 'task_only']) {
    expect(names, name).not.toContain(`x__${name}`);
    expect(left(name), name).toBeDefined();
  }
  expect(left('twice')).toMatch(/twice/);
  expect(remarks.filter(({ reason }) => reason === 'it has no usable name')).toHaveLength(2);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, description, input_schema } of tools) {
    expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(input_schema).toMatchObject({ type: 'object' });
    expect(input_schema).not.toHaveProperty('anyOf');
    expect(description.length).toBeLessThan(15_000);
  }
  const anyOf = tools.find(({ name }) => name === 'x__any_of');
  expect(anyOf?.description).toContain('"only"');
  expect(anyOf?.input_schema).toEqual({ type: 'object', properties: {}, additionalProperties: true });
});

test('an agent is told only of odd tools that it may have', async () => {
  const { registry } = await open('odd');
  const { remarks } = await registry.offered({ allow: ['x__good', 'x__text'] });
  expect(remarks.map(({ name }) => name)).toEqual(['x__text']);
});

describe('what is told of a call', () => {
  test.each([
    ['unannounced', /^\[The call was carried out, but .*`structuredContent` is missing\]\nmail sent$/],
    ['incomplete', /^\[The call was carried out, but .*`id` is missing.*\]\nmail sent$/],
    ['mistyped', /^\[The call was carried out, but .*`id`.*is not string\]\nmail sent$/],
    [
      'blocks',
      /^\[The call was carried out, but .*part 2 of `content`.*\]\nmail sent\n\{"type":"hologram","data":3\}$/,
    ],
    ['no_content', /^\[The call was carried out, but .*`content` is missing\]\n\{"sent":true\}$/],
    ['announced', /^mail sent$/],
  ])('an answer means that it was carried out: %s', async (name, text) => {
    const { call } = await open('plain');
    expect(await call(`x__${name}`, {})).toMatchObject({
      text: expect.stringMatching(text),
      is_error: false,
    });
    expect((await call('x__count', {})).text).toBe('1');
  });

  test.each([
    ['refused', /refused.*no such address/],
    ['session_like', /answered with an error.*no such mailbox/],
    ['closed_like', /answered with an error.*mailbox is full/],
    ['internal', /answered with an error, whatever it did before.*disk full/],
  ])(
    'an error that the server sent is told as its own, and the call is not repeated: %s',
    async (name, text) => {
      const { call } = await open('plain');
      const answer = await call(`x__${name}`, {});
      expect(answer).toMatchObject({ text: expect.stringMatching(text), is_error: true });
      expect(answer.text).not.toContain('may have carried');
      expect((await call('x__count', {})).text).toBe('1');
    },
  );

  test.each([
    ['dies', /its answer was lost.*may have carried the call out/],
    ['huge', /more than \d+ bytes at once.*may have carried the call out/],
  ])('a call whose answer was lost may have been carried out: %s', async (name, text) => {
    const { call } = await open('plain');
    expect(await call(`x__${name}`, {})).toMatchObject({ text: expect.stringMatching(text), is_error: true });
  });
});

describe('over HTTP', () => {
  const at = (url: string) => McpServerConfig.parse({ url });

  test('a server inside is not asked, whatever name or redirect leads there', async () => {
    const inside = await serve((_, __, response) => response.end('{}'));
    const outside = await serve((_, __, response) => response.writeHead(307, { location: inside.url }).end());
    const closed = await bench({ mcp_servers: { x: at(inside.url) } });
    const reason = expect.stringMatching(/not a public address.*tools\.allow_private_hosts/);
    expect((await closed.registry.offered({ allow: ['x__*'] })).remarks).toEqual([{ name: 'x', reason }]);
    const tools = { allow_private_hosts: [outside.host], result_chars: 30_000 };
    const redirected = await bench({ mcp_servers: { x: at(outside.url) }, tools });
    expect((await redirected.registry.offered({ allow: ['x__*'] })).remarks).toEqual([{ name: 'x', reason }]);
    expect(inside.received).toEqual([]);
  });

  test('a server that is not there was not asked', async () => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const { id, method } = JSON.parse(body || '{}');
        const result =
          method === 'initialize'
            ? {
                protocolVersion: '2025-06-18',
                capabilities: { tools: {} },
                serverInfo: { name: 'x', version: '1' },
              }
            : { tools: [{ name: 'send', inputSchema: { type: 'object' } }] };
        if (request.method !== 'POST') return void response.writeHead(405).end();
        if (id === undefined) return void response.writeHead(202).end();
        if (method === 'tools/call') return void response.writeHead(503).end('overloaded');
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { call, registry, context } = await bench({
      mcp_servers: { x: at(`http://127.0.0.1:${port}/mcp`) },
      tools: { allow_private_hosts: ['127.0.0.1'], result_chars: 30_000 },
    });
    expect((await call('x__send', {})).text).toMatch(/answered HTTP 503.*may have carried the call out/);
    const { tools } = await registry.offered({ allow: ['x__*'] });
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    const answer = await registry.run({ name: 'x__send', input: {} }, context, tools);
    expect(answer.text).toMatch(/can't be reached \(.*ECONNREFUSED\)\. The call was not made\./);
  });
});
