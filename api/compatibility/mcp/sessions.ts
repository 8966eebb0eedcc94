import { randomUUID } from 'node:crypto';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  CancelledNotificationSchema,
  isInitializeRequest,
  type JSONRPCMessage,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { Caller } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { keptOf, MAX_KEPT_BYTES } from './initialize.ts';
import type { SessionInfo } from './session.ts';
import { CALLER, createToolServer } from './tool-server.ts';

/** A session that this process serves. It holds nothing that the database does not have. */
interface Live {
  owner: string;
  transport: WebStandardStreamableHTTPServerTransport;
  used_at: number;
}

/** What is kept of a session: with it, it lives on in another process, or after a restart. */
const Kept = z.object({
  project: z.string(),
  tools: z.enum(['default', 'plans']),
  initialize: z.record(z.string(), z.unknown()),
});

/** A session that was not used for so long is let go of, and made again from the database when it is. */
const IDLE_MS = 2 * 3_600_000;
/** So many sessions of an owner are served at once; of more, the one that was used longest ago is let go of. */
export const MAX_LIVE = 100;

const HEADERS = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };

/** The sessions of all clients, over streamable HTTP. */
export interface Sessions {
  /** Answers a request; null for a session that is not there, or somebody else's. */
  handle(
    request: Request,
    caller: Caller,
    settings: Omit<SessionInfo, 'session_id'>,
  ): Promise<Response | null>;
}

export function createSessions(deps: ApiDeps): Sessions {
  const live = new Map<string, Promise<Live | null>>();
  deps.stopping.addEventListener('abort', () => {
    for (const session of live.values()) void session.then((one) => one?.transport.close());
  });

  async function connect(
    owner: string,
    info: SessionInfo,
    onInitialize: (params: Record<string, unknown>) => Promise<void>,
  ): Promise<Live> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => info.session_id,
      onsessionclosed: async (id) => {
        live.delete(id);
        await deps.store.dropToolSession(id);
      },
      maxRequestBodySize: deps.config.config.limits.body_bytes,
    });
    transport.onerror = (error) => deps.log.debug({ err: error }, 'MCP');
    await createToolServer(deps, info).connect(transport);
    const deliver = transport.onmessage!;
    transport.onmessage = (message, extra) => {
      if (!isInitializeRequest(message)) {
        deliver(message, extra);
        // nobody reads what would still come of a cancelled request
        const cancelled = CancelledNotificationSchema.safeParse(message).data?.params.requestId;
        if (cancelled !== undefined) transport.closeSSEStream(cancelled);
        return;
      }
      const params = keptOf(message.params);
      if (params === null) {
        const said = `clientInfo, capabilities and protocolVersion may have ${MAX_KEPT_BYTES} bytes together; send less.`;
        void transport.send({ jsonrpc: '2.0', id: idOf(message), error: { code: -32602, message: said } });
        return;
      }
      // a session that was answered is kept: its next request may come to another process
      onInitialize(params).then(
        () => deliver({ ...message, params }, extra),
        (error: unknown) => {
          deps.log.error({ err: error }, 'a session could not be kept');
          const failed = { code: -32603, message: 'The session could not be kept; try again.' };
          void transport.send({ jsonrpc: '2.0', id: idOf(message), error: failed });
        },
      );
    };
    return { owner, transport, used_at: Date.now() };
  }

  async function open({ owner }: Caller, settings: Omit<SessionInfo, 'session_id'>): Promise<Live> {
    await letGo(owner);
    const session_id = randomUUID();
    const session: Live = await connect(owner, { session_id, ...settings }, async (initialize) => {
      await deps.store.putToolSession({ session_id, owner, settings: { ...settings, initialize } });
      live.set(session_id, Promise.resolve(session));
    });
    return session;
  }

  /** The session as another process served it: its client does not notice. */
  async function revive(session_id: string): Promise<Live | null> {
    const kept = await deps.store.useToolSession(session_id);
    if (kept === null) return null;
    const { initialize, ...settings } = Kept.parse(kept.settings);
    const session = await connect(kept.owner, { session_id, ...settings }, async () => {});
    const replay = async (message: object, headers: Record<string, string> = {}) => {
      const init = { method: 'POST', headers: { ...HEADERS, ...headers }, body: JSON.stringify(message) };
      await (await session.transport.handleRequest(new Request('http://localhost/mcp', init))).text();
    };
    await replay({ jsonrpc: '2.0', id: 'revived', method: 'initialize', params: initialize });
    await replay({ jsonrpc: '2.0', method: 'notifications/initialized' }, { 'mcp-session-id': session_id });
    return session;
  }

  function find(session_id: string): Promise<Live | null> {
    const known = live.get(session_id);
    if (known) return known;
    const found = revive(session_id);
    live.set(session_id, found);
    const forget = () => live.get(session_id) === found && live.delete(session_id);
    found.then((session) => session === null && forget(), forget);
    return found;
  }

  /** Lets go of sessions that are idle, and of the owner's where one more would be too many. */
  async function letGo(owner: string): Promise<void> {
    const all = await Promise.all(
      [...live].map(async ([id, session]) => ({ id, one: await session.catch(() => null) })),
    );
    const known = all.flatMap(({ id, one }) => (one === null ? [] : [{ id, ...one }]));
    const ofOwner = known.filter((one) => one.owner === owner).sort((a, b) => b.used_at - a.used_at);
    const idle = known.filter(({ used_at }) => Date.now() - used_at >= IDLE_MS);
    for (const { id, transport } of new Set([...idle, ...ofOwner.slice(MAX_LIVE - 1)])) {
      live.delete(id);
      await transport.close().catch(() => undefined);
    }
  }

  return {
    async handle(request, caller, settings) {
      const id = request.headers.get('mcp-session-id');
      const session = id === null ? await open(caller, settings) : await find(id);
      if (session === null || session.owner !== caller.owner) return null;
      session.used_at = Date.now();
      const authInfo = {
        token: '',
        clientId: caller.owner,
        scopes: [caller.role],
        extra: { [CALLER]: caller },
      };
      return await session.transport.handleRequest(request, { authInfo });
    },
  };
}

const idOf = (message: JSONRPCMessage): string | number =>
  'id' in message && message.id !== undefined ? message.id : 0;
