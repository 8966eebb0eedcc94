import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** A server of git over HTTP, with `git http-backend`. */
export interface HttpGit {
  /** host and port */
  host: string;
  url: string;
  /** method and path of each request, and whether it came with the right token */
  requests: { line: string; authorized: boolean }[];
  close(): Promise<void>;
}

/**
 * Serves the bare repositories of a folder to whoever has the token.
 * @param options.first answers a request in the place of git, and says so
 * @param options.authorized is waited for before git answers a request with the right token
 */
export async function startHttpGit(options: {
  root: string;
  token: string;
  first?: (request: IncomingMessage, response: ServerResponse) => boolean;
  authorized?: () => Promise<void>;
}): Promise<HttpGit> {
  const requests: HttpGit['requests'] = [];
  const server = createServer(async (request, response) => {
    const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const authorized = Buffer.from(given, 'base64').toString().split(':')[1] === options.token;
    requests.push({ line: `${request.method} ${request.url}`, authorized });
    if (options.first?.(request, response)) return;
    if (!authorized) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    await options.authorized?.();
    answerByGit(options.root, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** By CGI, see git-http-backend(1). */
function answerByGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'somebody',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('close', () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf('\r\n\r\n');
    const headers = answer
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(/: (.*)/s) as [string, string]);
    const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    response.end(answer.subarray(end + 4));
  });
}

/** Where OpenSSH's server is; undefined: it is not installed. */
export const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path));

/** A real sshd on the loopback address, for the user that runs the tests. */
export interface SshServer {
  port: number;
  user: string;
  /** private key that it takes */
  key: string;
  known_hosts: string;
  close(): Promise<void>;
}

/** @param folder of its own, for keys and configuration */
export async function startSshd(folder: string): Promise<SshServer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // where sshd, started by root, keeps the part of itself that has no rights
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const [hostKey, key] = [join(folder, 'host key'), join(folder, "user's key 100%")];
  for (const file of [hostKey, key]) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  }
  await writeFile(join(folder, 'authorized_keys'), await readFile(`${key}.pub`));
  const port = await freePort();
  const config = join(folder, 'sshd_config');
  await writeFile(
    config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey "${hostKey}"`,
      `AuthorizedKeysFile "${join(folder, 'authorized_keys')}"`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
    ].join('\n'),
  );
  const known_hosts = join(folder, 'known hosts');
  const [type, publicKey] = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ');
  await writeFile(known_hosts, `[127.0.0.1]:${port} ${type} ${publicKey}\n`);
  const server = spawn(SSHD!, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(server);
  return {
    port,
    user: userInfo().username,
    key,
    known_hosts,
    async close() {
      if (server.exitCode !== null) return;
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function listening(server: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.once('exit', () => reject(new Error(`sshd ended: ${said}`)));
    server.stderr!.on('data', (chunk) => {
      said += chunk;
      if (said.includes('Server listening')) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
