import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer, type LookupFunction, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SandboxProxy, startProxy } from '../../activities/sandbox/proxy.ts';

const closers: (() => unknown)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

/** Names of this test lead here. */
const lookup: LookupFunction = (host, options, done) => {
  const address = host === 'public.test' ? '93.184.215.14' : '127.0.0.1';
  if (options.all) done(null, [{ address, family: 4 }]);
  else done(null, address, 4);
};

async function proxyFor(allowed_hosts: string[]): Promise<SandboxProxy> {
  const proxy = await startProxy({ allowed_hosts, lookup });
  closers.push(() => proxy.close());
  return proxy;
}

let web: string;
let echo: string;
beforeAll(async () => {
  const server = createHttpServer(async (asked, response) => {
    response.setHeader('x-seen', JSON.stringify(asked.headers));
    response.end(`${asked.method} ${asked.url} ${await text(asked)}`);
  }).listen(0, '127.0.0.1');
  const echoes = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(echoes, 'listening')]);
  web = `inside.test:${(server.address() as AddressInfo).port}`;
  echo = `inside.test:${(echoes.address() as AddressInfo).port}`;
  closers.push(
    () => server.close(),
    () => echoes.close(),
  );
});

/** Asks for a URL as programs ask a proxy. */
async function ask({ socket }: SandboxProxy, url: string, body = '', headers = {}) {
  const asked = request({ socketPath: socket, path: url, method: body ? 'POST' : 'GET', headers });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

/** Opens a tunnel; what the proxy said where it made none. */
async function tunnel({ socket }: SandboxProxy, target: string): Promise<Socket | string> {
  const client = connect(socket);
  client.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
  const [head] = (await once(client, 'data')) as [Buffer];
  if (head.toString().startsWith('HTTP/1.1 200')) return client;
  return head.toString() + (await text(client).catch(() => ''));
}

test('a host that is named is reached, by plain HTTP and by a tunnel, private though its address is', async () => {
  const proxy = await proxyFor([web, echo]);
  const answer = await ask(proxy, `http://${web}/a?b=c`, 'the body', {
    'proxy-authorization': 'Basic x',
    'x-own': '1',
  });
  expect(answer).toMatchObject({ status: 200, body: 'POST /a?b=c the body' });
  const seen = JSON.parse(String(answer.headers['x-seen']));
  expect(seen).toMatchObject({ host: web, 'x-own': '1' });
  expect(seen).not.toHaveProperty('proxy-authorization');
  const through = (await tunnel(proxy, echo)) as Socket;
  through.write('hello');
  expect(String((await once(through, 'data'))[0])).toBe('hello');
  through.destroy();
});

test('a name without a port stands for all of its ports, one with a port for that alone', async () => {
  expect(await ask(await proxyFor(['inside.test']), `http://${web}/`)).toMatchObject({ status: 200 });
  expect(await ask(await proxyFor(['inside.test:1']), `http://${web}/`)).toMatchObject({ status: 403 });
});

test.for([
  ['a host that is not named', ['other.test'], 'http://inside.test/', /allowed_hosts does not name it/],
  ['nothing named', [], 'http://public.test/', /allowed_hosts does not name it/],
  ['a private address behind *', ['*'], 'http://inside.test/', /127\.0\.0\.1 is not a public address/],
  ['a private address behind *.domain', ['*.test'], 'http://inside.test/', /is not a public address/],
  ['an address as such', ['*'], 'http://169.254.169.254/latest/meta-data', /is not a public address/],
  ['an address in odd writing', ['*'], 'http://0x7f.1/', /is not a public address/],
  ['a domain that merely ends alike', ['*.test'], 'http://inside.nottest/', /allowed_hosts does not name it/],
  ['the domain itself', ['*.inside.test'], 'http://inside.test/', /allowed_hosts does not name it/],
] as const)('%s is refused, with the reason, by both ways', async ([, allowed, url, why]) => {
  const proxy = await proxyFor([...allowed]);
  const answer = await ask(proxy, url);
  expect({ status: answer.status, body: answer.body }).toEqual({
    status: 403,
    body: expect.stringMatching(why),
  });
  const { hostname } = new URL(url);
  const refused = await tunnel(proxy, `${hostname}:80`);
  expect(refused).toMatch(/^HTTP\/1\.1 403 Forbidden/);
  expect(refused).toMatch(why);
});

test('what is no request to a proxy is refused, and the proxy goes on', async () => {
  const proxy = await proxyFor(['*']);
  expect(await ask(proxy, '/path')).toMatchObject({
    status: 403,
    body: expect.stringContaining('This is a proxy'),
  });
  expect(await ask(proxy, 'https://public.test/')).toMatchObject({ status: 403 });
  for (const target of ['', 'a b:1', 'user@public.test:443', 'public.test:443/path', 'public.test:99999']) {
    expect(await tunnel(proxy, target)).toMatch(/^HTTP\/1\.1 4\d\d/);
  }
  expect(await ask(proxy, 'http://127.0.0.1/')).toMatchObject({ status: 403 });
});

test('a host that does not answer is told as such', async () => {
  const { port } = (await listenAndClose()) as AddressInfo;
  const proxy = await proxyFor([`inside.test:${port}`]);
  expect(await ask(proxy, `http://inside.test:${port}/`)).toMatchObject({
    status: 502,
    body: "The host can't be reached: ECONNREFUSED.\n",
  });
});

async function listenAndClose() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((done) => server.close(done));
  return address;
}
