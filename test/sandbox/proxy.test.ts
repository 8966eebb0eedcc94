import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer, type LookupFunction, type Socket } from 'node:net';
import os from 'node:os';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ProxyOptions, type SandboxProxy, startProxy } from '../../activities/sandbox/proxy.ts';
import { until } from '../setup/until.ts';

const closers: (() => unknown)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

/** Names of this test lead here. */
const lookup: LookupFunction = (host, options, done) => {
  const address = host === 'public.test' ? '93.184.215.14' : '127.0.0.1';
  if (options.all) done(null, [{ address, family: 4 }]);
  else done(null, address, 4);
};

async function proxyFor(allowed_hosts: string[], rest: Partial<ProxyOptions> = {}): Promise<SandboxProxy> {
  const proxy = await startProxy({ allowed_hosts, lookup, ...rest });
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

/** A server that answers anything with these bytes, and closes nothing. */
async function serverThatSays(answer: string): Promise<{ host: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', () => socket.write(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: `inside.test:${(server.address() as AddressInfo).port}`, sockets };
}

// an error that nobody catches would end the worker, and fails the test file
test('requests and answers that say what HTTP does not allow are errors of that request alone', async () => {
  const proxy = await proxyFor(['inside.test', web]);
  const raw = connect(proxy.socket);
  raw.write(`GET http://${web}/ HTTP/1.1\r\nhost: x\r\ntrailer: x\r\nconnection: close\r\n\r\n`);
  expect(await text(raw)).toMatch(/^HTTP\/1.1 200 /);
  for (const head of [
    'HTTP/1.1 000 X',
    'HTTP/1.1 099 X',
    'HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket',
  ]) {
    const { host } = await serverThatSays(`${head}\r\ncontent-length: 0\r\n\r\n`);
    expect(await ask(proxy, `http://${host}/`)).toMatchObject({ status: 502 });
  }
  const { host } = await serverThatSays('HTTP/1.1 200 OK\r\ntrailer: x\r\ncontent-length: 2\r\n\r\nok');
  expect(await ask(proxy, `http://${host}/`)).toMatchObject({ status: 200, body: 'ok' });
});

test('a tunnel whose program has gone does not outlast it for long, though the server never closes', async () => {
  const proxy = await proxyFor(['inside.test'], { half_closed_ms: 50 });
  const { host } = await serverThatSays('x');
  const through = (await tunnel(proxy, host)) as Socket;
  through.write('hello');
  await once(through, 'data');
  // the server's own end is one of them, and stays
  const open = () => process.getActiveResourcesInfo().filter((what) => what === 'TCPSocketWrap').length;
  const before = open();
  through.destroy();
  await until(() => open() < before, { timeoutMs: 5000 });
});

test('a server that breaks a tunnel off adds no words of the proxy to it', async () => {
  const proxy = await proxyFor(['inside.test']);
  const { host, sockets } = await serverThatSays('x');
  const through = (await tunnel(proxy, host)) as Socket;
  through.on('error', () => {});
  through.write('hello');
  await once(through, 'data');
  const rest: Buffer[] = [];
  through.on('data', (data) => rest.push(data));
  for (const socket of sockets) socket.resetAndDestroy();
  await once(through, 'close');
  expect(Buffer.concat(rest).toString()).toBe('');
});

test('public addresses of this machine are its own ports, and refused', async () => {
  const own = {
    address: '93.184.215.14',
    family: 'IPv4',
    netmask: '255.255.255.0',
    mac: '',
    internal: false,
    cidr: null,
  };
  const interfaces = vi
    .spyOn(os, 'networkInterfaces')
    .mockReturnValue({ eth0: [own as os.NetworkInterfaceInfoIPv4] });
  try {
    const proxy = await proxyFor(['*']);
    for (const host of ['93.184.215.14', 'public.test']) {
      expect(await ask(proxy, `http://${host}/`)).toMatchObject({
        status: 403,
        body: expect.stringContaining('an address of this machine'),
      });
    }
  } finally {
    interfaces.mockRestore();
  }
});
