import { tmpdir } from 'node:os';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { withGivenUmask } from '../../../config/private.ts';
import { resolveSecrets } from '../../../core/text/secrets.ts';
import { NON_INTERACTIVE } from '../../command/environment.ts';
import { startOf, withMark } from '../../process/marks.ts';
import { killTree, RUN_ID_VARIABLE } from '../../process/process-tree.ts';
import { superviseRun } from '../../process/supervision.ts';
import { watchTree } from '../../process/watch.ts';
import { guardedFetch } from '../http/fetch.ts';
import type { Outgoing } from '../http/open.ts';
import { ToolError } from '../tool.ts';
import { confinedServer, type ServerPlace, type ServerProgram } from './confined.ts';
import type { McpServerSettings } from './settings.ts';

const CONNECT_TIMEOUT_MS = 40_000;
/** Longest message of a server, and longest answer over HTTP. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const KILL_GRACE_SECONDS = 3;

/** A connection to a server. */
export interface McpConnection {
  client: Client;
  /** what the connection broke with, where it was not ended by us */
  broken(): string | undefined;
  /** ends the session, and the server where it is a program of ours */
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** where servers with a `url` may be */
  outgoing: Outgoing;
  /** of servers that are programs */
  place: ServerPlace;
  secret(name: string): string | undefined;
  /** called when the connection is gone */
  on_close(): void;
}

/**
 * Connects to a server.
 * @throws ToolError for secrets that are missing, the SDK's errors otherwise
 */
export async function connect(
  name: string,
  config: McpServerSettings,
  options: ConnectOptions,
): Promise<McpConnection> {
  const { url, command = '' } = config;
  const args = Object.fromEntries(config.args.map((arg, index) => [`${index}`, arg]));
  const given = resolveSecrets(url ? config.headers : config.env, options.secret);
  const resolvedArgs = resolveSecrets(args, options.secret);
  const missing = [...new Set([...given.missing, ...resolvedArgs.missing])];
  if (missing.length > 0) {
    const variables = missing.map((one) => `ORCHESTRATOR_SECRET_${one}`).join(', ');
    throw new ToolError(`the MCP server ${name} needs secrets: set ${variables} in the worker's environment`);
  }
  const client = new Client({ name: 'orchestrator', version: '1' });
  const program: ServerProgram = {
    command,
    args: config.args.map((_, index) => resolvedArgs.values[index]!),
    env: given.values,
  };
  let broken: string | undefined;
  const started = async () =>
    config.sandbox === 'off' ? { ...program, ended: () => {} } : await guarded(options.place, name, program);
  const { transport, end } = url
    ? overHttp(url, given.values, options.outgoing)
    : asProgram(await started(), options.place, (because) => {
        broken = `it ${because}`;
      });
  client.onerror = (error) => {
    if (isTooLarge(error)) broken = `more than ${MAX_MESSAGE_BYTES} bytes at once`;
  };
  client.onclose = () => {
    end();
    options.on_close();
  };
  try {
    await client.connect(transport, { timeout: CONNECT_TIMEOUT_MS });
  } catch (error) {
    await client.close().catch(() => undefined);
    end();
    throw broken === undefined ? error : new ToolError(broken);
  }
  return { client, broken: () => broken, close: () => client.close() };
}

/** The one error after which the SDK ends a connection by itself; others tell of a line that is no message. */
const isTooLarge = ({ message }: Error): boolean => message.includes('exceeded maximum size');

interface Opened {
  transport: Transport;
  end(): void;
}

function overHttp(url: string, headers: Record<string, string>, outgoing: Outgoing): Opened {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    fetch: guardedFetch(outgoing, MAX_MESSAGE_BYTES),
  });
  const close = transport.close.bind(transport);
  // the server may forget the session at once
  transport.close = async () => {
    await transport.terminateSession().catch(() => undefined);
    await close();
  };
  return { transport, end: () => {} };
}

/**
 * The supervisor of commands ends it when this process is killed, and what it leaves behind when it ends.
 * @param exceeded told why it is ended, where it takes more than it may. What it writes in all, for as long as it is there, is not limited
 */
function asProgram(
  { command, args, env, ended }: ServerProgram & { ended(): void },
  { sandbox, homes_dir }: ServerPlace,
  exceeded: (because: string) => void,
): Opened {
  const run = superviseRun(KILL_GRACE_SECONDS);
  const transport = new StdioClientTransport({
    command,
    args,
    env: { ...NON_INTERACTIVE, ...env, [RUN_ID_VARIABLE]: run.run_id },
    stderr: 'ignore',
    maxBufferSize: MAX_MESSAGE_BYTES,
  });
  const start = transport.start.bind(transport);
  transport.start = async () => {
    // it starts the program before it returns
    await withMark(run.mark_value, () => withGivenUmask(start));
    const { pid } = transport;
    if (pid === null) return;
    run.started({ pid, since: startOf(pid) });
    const tree = { groups: [], run_ids: [run.run_id], marks: run.marks() };
    const limits = { ...sandbox.limits, disk_mb: undefined };
    unwatch = watchTree(tree, limits, [homes_dir, tmpdir(), ...sandbox.writable], (because) => {
      exceeded(because);
      void killTree(tree, 0);
    });
  };
  let unwatch = () => {};
  let isEnded = false;
  return {
    transport,
    end() {
      if (isEnded) return;
      isEnded = true;
      unwatch();
      run.ended();
      ended();
    },
  };
}

async function guarded(place: ServerPlace, name: string, program: ServerProgram) {
  const { kind, required, reason } = place.sandbox;
  if (kind !== 'none') return await confinedServer(place, name, program);
  if (!required) return { ...program, ended: () => {} };
  throw new ToolError(
    `the MCP server ${name} was not started: the configuration demands a sandbox (sandbox.mode: required), and this host has none: ${reason}`,
  );
}
