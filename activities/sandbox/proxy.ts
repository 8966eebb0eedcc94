import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { bareHost, isAllowedHost, PublicAddressError } from '../../config/private-hosts.ts';
import { guardedLookup } from '../tools/http/guard.ts';
import { errorCode } from '../tools/http/open.ts';

/** The way out of sandboxes: an HTTP proxy on a socket that only this user can reach. */
export interface SandboxProxy {
  socket: string;
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** how long a tunnel that its program has closed waits for a word of the server; default 60,000 */
  half_closed_ms?: number | undefined;
  /** as in `sandbox.allowed_hosts` */
  allowed_hosts: readonly string[];
  /** resolves names; the system's by default */
  lookup?: LookupFunction | undefined;
}

const CONNECT_TIMEOUT_MS = 30_000;
const HALF_CLOSED_MS = 60_000;
const CONNECTIONS = 1000;

/** A host that no program may reach. The message is for the program. */
class HostRefused extends Error {
  override readonly name = 'HostRefused';
}

/** Starts it. */
export async function startProxy(options: ProxyOptions): Promise<SandboxProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-proxy-'));
  const socket = join(folder, 'proxy.sock');
  const open = new Set<Duplex>();
  const server = createServer((request, response) => forward(options, request, response));
  server.maxConnections = CONNECTIONS;
  server.on('connection', (one) => {
    open.add(one);
    one.once('close', () => open.delete(one));
  });
  server.on('connect', (request, client: Duplex, head) => tunnel(options, request, client, head));
  server.listen(socket);
  await once(server, 'listening');
  server.unref();
  return {
    socket,
    async close() {
      server.close();
      for (const one of open) one.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What carries anything, TLS above all: the proxy sees nothing of it. */
function tunnel(options: ProxyOptions, { url = '' }: IncomingMessage, client: Duplex, head: Buffer): void {
  client.on('error', () => client.destroy());
  try {
    const target = URL.parse(`${url.endsWith(':443') ? 'https' : 'http'}://${url}`);
    if (target?.pathname !== '/' || target.username) throw new HostRefused(`${url} is no host and port`);
    const server: Socket = connect({
      host: bareHost(target.hostname),
      port: Number(target.port || (target.protocol === 'https:' ? 443 : 80)),
      lookup: lookupFor(options, target),
      timeout: CONNECT_TIMEOUT_MS,
    });
    server.once('timeout', () => server.destroy(new Error('it does not answer')));
    const failed = (error: unknown) => refuse(client, error);
    server.once('error', failed);
    client.once('close', () => server.destroy());
    server.once('connect', () => {
      server.setTimeout(0);
      server.off('error', failed);
      server.once('error', () => client.destroy());
      // it waits for the rest of an answer, or is gone: with a server that never closes it would stay for ever
      client.once('end', () => server.setTimeout(options.half_closed_ms ?? HALF_CLOSED_MS));
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.write(head);
      server.pipe(client).pipe(server);
    });
  } catch (error) {
    refuse(client, error);
  }
}

/** Plain HTTP. */
function forward(options: ProxyOptions, request: IncomingMessage, response: ServerResponse): void {
  const fail = (error: unknown) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(statusOf(error), TEXT).end(`${sentence(error)}\n`);
  };
  try {
    const target = URL.parse(request.url ?? '');
    if (target?.protocol !== 'http:') throw new HostRefused('This is a proxy: ask it for http://host/path.');
    const onward = httpRequest(target, {
      method: request.method,
      headers: { ...passedOn(request.headers), host: target.host, connection: 'close' },
      lookup: lookupFor(options, target),
      timeout: CONNECT_TIMEOUT_MS,
      agent: false,
    });
    onward.once('socket', (socket) => socket.once('connect', () => socket.setTimeout(0)));
    onward.once('timeout', () => onward.destroy(new Error('it does not answer')));
    onward.on('error', fail);
    onward.once('upgrade', (_, socket) => {
      socket.destroy();
      fail(new Error('it speaks another protocol now'));
    });
    onward.once('response', (answer) => {
      answer.once('error', () => response.destroy());
      try {
        response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
      } catch (error) {
        // a status that is none, for one
        fail(error);
        onward.destroy();
        return;
      }
      answer.pipe(response);
    });
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  } catch (error) {
    fail(error);
  }
}

/** Headers but those that are about one connection: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const passedOn = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_A_CONNECTION.test(name)));

// without a body to follow, Node throws at `trailer` where nobody catches it
const OF_A_CONNECTION = /^(connection|keep-alive|proxy-.*|te|trailer|upgrade)$/;

/**
 * How the name of a host is resolved for the connection: to public addresses only, unless it is on the list by its own name.
 * @throws HostRefused, PublicAddressError
 */
function lookupFor({ allowed_hosts, lookup }: ProxyOptions, target: URL): LookupFunction {
  const named = allowed_hosts.filter((entry) => !entry.startsWith('*'));
  const host = bareHost(target.hostname);
  const isWithin = allowed_hosts.some(
    (entry) => entry === '*' || (entry.startsWith('*.') && host.endsWith(entry.slice(1).toLowerCase())),
  );
  if (!isWithin && !isAllowedHost(target, named)) {
    throw new HostRefused(
      `${target.host} can't be reached from here: sandbox.allowed_hosts does not name it`,
    );
  }
  return guardedLookup(target, named, lookup);
}

function refuse(client: Duplex, error: unknown): void {
  const text = `${sentence(error)}\n`;
  const head = `HTTP/1.1 ${statusOf(error)} ${statusOf(error) === 403 ? 'Forbidden' : 'Bad Gateway'}`;
  client.end(
    `${head}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

const isRefusal = (error: unknown): error is Error =>
  error instanceof HostRefused || error instanceof PublicAddressError;

const statusOf = (error: unknown): number => (isRefusal(error) ? 403 : 502);

function sentence(error: unknown): string {
  if (error instanceof PublicAddressError) {
    return `${error.message}: only hosts that sandbox.allowed_hosts names by themselves may have one that is not.`;
  }
  return isRefusal(error) ? `${error.message}.` : `The host can't be reached: ${errorCode(error)}.`;
}
