import { readFile, realpath, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { McpServerConfig } from '../../contracts/config.ts';
import { bench, tempFolder } from './setup.ts';

/** A published server, started as its users do. */
function peer(name: string, ...args: string[]) {
  const file = createRequire(import.meta.url).resolve(`@modelcontextprotocol/${name}/package.json`);
  return McpServerConfig.parse({
    command: process.execPath,
    args: [join(dirname(file), 'dist/index.js'), ...args],
  });
}

test('the server of files works in its folder and nowhere else', async () => {
  const folder = await realpath(await tempFolder());
  await writeFile(join(folder, 'a.txt'), 'from a file');
  const { call, registry } = await bench({ mcp_servers: { files: peer('server-filesystem', folder) } });
  const { tools, remarks } = await registry.offered({ allow: ['files__*'] });
  expect(remarks).toEqual([]);
  expect(tools.length).toBeGreaterThan(8);
  const read = await call('files__read_text_file', { path: join(folder, 'a.txt') });
  expect(read).toMatchObject({ text: 'from a file', is_error: false });
  const path = join(folder, 'b.txt');
  expect(await call('files__write_file', { path, content: 'written' })).toMatchObject({ is_error: false });
  expect(await readFile(path, 'utf8')).toBe('written');
  const outside = await call('files__read_text_file', { path: '/etc/passwd' });
  expect(outside).toMatchObject({ is_error: true, text: expect.stringMatching(/outside allowed/i) });
});

test('the server with a tool of every kind is understood', async () => {
  const { call, registry } = await bench({ mcp_servers: { all: peer('server-everything') } });
  const { tools, remarks } = await registry.offered({ allow: ['all__*'] });
  const names = tools.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['all__echo', 'all__get-sum', 'all__get-structured-content']));
  // what is missing is missing for a reason that is told
  for (const { reason } of remarks) expect(reason).toMatch(/as a task of the protocol/);
  expect((await call('all__echo', { message: 'hi' })).text).toBe('Echo: hi');
  expect((await call('all__get-sum', { a: 2, b: 3 })).text).toContain('5');
  const weather = await call('all__get-structured-content', { location: 'Chicago' });
  expect(weather.text).not.toContain('not as announced');
  expect(JSON.parse(weather.text)).toMatchObject({ conditions: expect.any(String) });
  expect((await call('all__get-tiny-image', {})).artifacts).toMatchObject([{ media_type: 'image/png' }]);
  const beats: number[] = [];
  const slow = { duration: 1, steps: 3 };
  const ended = await call('all__trigger-long-running-operation', slow, { heartbeat: () => beats.push(1) });
  expect(ended.is_error).toBe(false);
  expect(beats.length).toBeGreaterThan(0);
  const wrong = await call('all__get-sum', { a: 'two' });
  expect(wrong).toMatchObject({ is_error: true });
});
