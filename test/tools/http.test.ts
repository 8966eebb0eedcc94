import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { bench, serve } from './setup.ts';

/** Names of this test and where they lead; nothing else resolves. */
function names(table: Record<string, string[]>): LookupFunction {
  return (host, options, done) => {
    const addresses = (table[host] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    const first = addresses[0];
    if (!first) done(Object.assign(new Error(host), { code: 'ENOTFOUND' }), '');
    else if (options.all) done(null, addresses);
    else done(null, first.address, first.family);
  };
}

async function allowing(hosts: string[], lookup?: LookupFunction) {
  return await bench({
    tools: { allow_private_hosts: hosts, result_chars: 30_000 },
    ...(lookup ? { lookup } : {}),
  });
}

test('a request goes out with what the agent gave, and the answer comes back', async () => {
  const server = await serve((got, _, response) => {
    response.writeHead(201, { 'content-type': 'application/json', 'set-cookie': 'a=b' });
    response.end(JSON.stringify({ echo: got.body }));
  });
  const { call } = await allowing([server.host]);
  const answer = await call('http_request', {
    method: 'POST',
    url: `${server.url}/things?x=1`,
    headers: { 'X-Key': 'k', Host: 'forged.example' },
    body: 'hällo',
  });
  expect(answer.is_error).toBe(false);
  expect(answer.text).toMatch(/^HTTP 201 Created\n/);
  expect(answer.text).toContain('{"echo":"hällo"}');
  expect(answer.text).not.toContain('a=b');
  expect(server.received).toMatchObject([
    { method: 'POST', path: '/things?x=1', headers: { 'x-key': 'k', host: server.host } },
  ]);
  expect(Object.keys(server.received[0]!.headers).sort()).toEqual(
    ['accept-encoding', 'connection', 'content-length', 'host', 'user-agent', 'x-key'].sort(),
  );
});

test('addresses that are not public are refused in every form', async () => {
  const server = await serve((_, __, response) => response.end('inside'));
  const { call } = await bench();
  const hosts = [
    '127.0.0.1',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0',
    '0.0.0.0',
    '127.0.0.1.',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[4000::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '224.0.0.1',
    '①②⑦.0.0.1',
  ];
  for (const host of hosts) {
    const answer = await call('http_request', { url: `http://${host}:${server.port}/` });
    expect(answer, host).toMatchObject({ is_error: true, text: expect.stringMatching(/not public/) });
  }
  expect(server.received).toEqual([]);
});

test('other schemes, and credentials in the URL, are refused', async () => {
  const { call } = await bench();
  for (const url of ['file:///etc/passwd', 'ftp://example.com', 'data:,x', 'gopher://127.0.0.1/', 'no url']) {
    expect(await call('http_request', { url }), url).toMatchObject({
      is_error: true,
      text: expect.stringMatching(/Only http and https|not a URL/),
    });
  }
  expect(await call('http_request', { url: 'http://a:b@example.com' })).toMatchObject({ is_error: true });
});

test('a name that leads to an address that is not public is refused, whatever else it leads to', async () => {
  const server = await serve((_, __, response) => response.end('inside'));
  const lookup = names({
    'inside.example': ['127.0.0.1'],
    'mixed.example': ['93.184.216.34', '127.0.0.1'],
    'mapped.example': ['::ffff:127.0.0.1'],
    'metadata.example': ['169.254.169.254'],
  });
  const { call } = await allowing([], lookup);
  for (const name of ['inside', 'mixed', 'mapped', 'metadata']) {
    const answer = await call('http_request', { url: `http://${name}.example:${server.port}/` });
    expect(answer, name).toMatchObject({ is_error: true, text: expect.stringMatching(/not public/) });
  }
  expect(server.received).toEqual([]);
});

test('a name that changes where it leads after the first look is refused on the connection', async () => {
  const server = await serve((_, __, response) => {
    response.writeHead(302, { location: `http://rebind.example:${server.port}/inside` });
    response.end();
  });
  let looks = 0;
  const lookup: LookupFunction = (host, options, done) => {
    looks++;
    // public when somebody looks ahead of connecting, inside for everybody after that
    names({ [host]: [looks === 1 ? '93.184.216.34' : '127.0.0.1'] })(host, options, done);
  };
  const { call } = await allowing([server.host], lookup);
  looks = 1;
  const answer = await call('http_request', { url: `${server.url}/` });
  expect(answer).toMatchObject({ is_error: true, text: expect.stringMatching(/rebind.*not public/) });
  expect(server.received.map(({ path }) => path)).toEqual(['/']);
  // the address that was looked at is the one that is connected to: one look a connection
  expect(looks).toBe(2);
});

test('every redirect is looked at anew', async () => {
  const inside = await serve((_, __, response) => response.end('inside'));
  const outside = await serve((got, _, response) => {
    response.writeHead(302, { location: decodeURIComponent(got.path.slice(1)) });
    response.end();
  });
  const { call } = await allowing([outside.host]);
  const targets = [
    inside.url,
    `http://localhost:${inside.port}/`,
    `http://[::ffff:127.0.0.1]:${inside.port}/`,
    `//2130706433:${inside.port}/`,
    'file:///etc/passwd',
  ];
  for (const target of targets) {
    const answer = await call('http_request', { url: `${outside.url}/${encodeURIComponent(target)}` });
    expect(answer, target).toMatchObject({
      is_error: true,
      text: expect.stringMatching(/not public|Only http/),
    });
  }
  expect(inside.received).toEqual([]);
});

test('redirects are followed five times, and take secrets to no other origin', async () => {
  const other = await serve((_, __, response) => response.end('arrived'));
  const first = await serve((got, _, response) => {
    const hop = Number(got.path.slice(1));
    const location = hop > 0 ? `/${hop - 1}` : `${other.url}/end`;
    response.writeHead(hop > 0 ? 307 : 303, { location }).end();
  });
  const { call } = await allowing([first.host, other.host]);
  const request = { method: 'POST', headers: { Authorization: 'Bearer x', 'X-Key': 'k' }, body: 'b' };
  const answer = await call('http_request', { ...request, url: `${first.url}/4` });
  expect(answer.text).toContain('arrived');
  expect(first.received.every(({ method, headers }) => method === 'POST' && headers['x-key'] === 'k')).toBe(
    true,
  );
  expect(other.received).toMatchObject([{ method: 'GET', body: '' }]);
  expect(other.received[0]!.headers).not.toHaveProperty('authorization');
  expect(other.received[0]!.headers).not.toHaveProperty('x-key');
  const tooMany = await call('http_request', { ...request, url: `${first.url}/5` });
  expect(tooMany).toMatchObject({ is_error: true, text: 'More than 5 redirects.' });
});

test('a body that is not text becomes an artifact, an error status an error', async () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]);
  const server = await serve((got, _, response) => {
    response.writeHead(got.path === '/gone' ? 410 : 200, { 'content-type': 'image/png' });
    response.end(got.path === '/gone' ? 'no more' : png);
  });
  const { call, store } = await allowing([server.host]);
  const { artifacts, text } = await call('http_request', { url: `${server.url}/a/logo.png` });
  expect(artifacts).toMatchObject([{ name: 'http/logo.png', media_type: 'image/png' }]);
  expect(await store.getContent(artifacts[0]!.sha256)).toEqual(png);
  expect(text).toContain('http/logo.png');
  expect(await call('http_request', { url: `${server.url}/gone` })).toMatchObject({ is_error: true });
});

test('an answer without end is read up to a limit, and a call is ended by its cancel', async () => {
  let closed = 0;
  const server = await serve((got, _, response) => {
    response.on('close', () => closed++);
    response.writeHead(200, { 'content-type': 'text/plain' });
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    if (got.path === '/silent') response.write('a');
    else response.on('drain', more) && more();
  });
  const { call } = await allowing([server.host]);
  const answer = await call('http_request', { url: `${server.url}/flood` });
  expect(answer.artifacts[0]!.size_bytes).toBeLessThan(6_000_000);
  expect(answer.text).toContain('only the first 5242880 bytes were read');
  const stop = new AbortController();
  const waiting = call('http_request', { url: `${server.url}/silent` }, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('cancelled')), 100);
  await expect(waiting).rejects.toThrow('cancelled');
  await expect.poll(() => closed).toBe(2);
});
