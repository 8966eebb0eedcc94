import { z } from 'zod';
import { type ErrorCode, ProblemError } from '../../../contracts/error.ts';
import { type Api, type Ctx, callerOf } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { endpoint } from '../../endpoint.ts';
import { lastEventId, position, wantsJson } from '../../events/cursor.ts';
import { feedStream } from '../../events/feed-stream.ts';
import { eventStream } from '../../events/sse.ts';
import { count } from '../../request/query.ts';
import { McpEvent, toMcpEvent } from './event.ts';
import { createSessions } from './sessions.ts';

const Rpc = z
  .looseObject({ jsonrpc: z.literal('2.0'), method: z.string() })
  .describe('a message of JSON-RPC 2.0, https://modelcontextprotocol.io/specification');
const Stream = eventStream('`data` is a message of the protocol');
const McpStream = eventStream('`id`, `event` (its type), `data` (a TaskToolEvent)');
const McpEvents = z
  .object({ events: z.array(McpEvent), next_after: z.int().describe('`after` of the next page') })
  .meta({ id: 'TaskToolEvents' });

/** `/mcp`: tasks as tools, over streamable HTTP; and `GET /v1/events`, the events in the words of that API */
export function mcpRoutes(api: Api, deps: ApiDeps): void {
  const sessions = createSessions(deps);
  const common = {
    path: '/mcp',
    tag: 'MCP',
    query: {
      project: z
        .string()
        .trim()
        .min(1)
        .max(100)
        .default('default')
        .describe('whose memory is meant by scope project; counts when a session begins'),
      tools: z.enum(['default', 'plans']).default('default').describe('counts when a session begins'),
    },
    headers: {
      'Mcp-Session-Id': 'the session, as the answer to `initialize` named it',
      'Mcp-Protocol-Version': 'the version that was agreed on',
    },
    errors: ['not_found', 'not_acceptable', 'conflict', 'too_large', 'unsupported_media_type'],
  } as const satisfies Partial<Parameters<typeof endpoint>[1]>;
  const answer = async (c: Ctx, settings: { project: string; tools: 'default' | 'plans' }) =>
    toAnswer(await sessions.handle(c.req.raw, callerOf(c), settings));

  endpoint(
    api,
    {
      ...common,
      method: 'post',
      operation_id: 'mcpMessage',
      summary: 'A message of the Model Context Protocol (streamable HTTP)',
      description: 'Five tools: task_start, task_await, task_peek, task_cancel, task_list. See docs/mcp.md.',
      body: Rpc,
      raw_body: true,
      answers: {
        200: { description: 'the answer, and progress before it', media: { 'text/event-stream': Stream } },
        202: { description: 'a notification was taken' },
      },
    },
    (c, { query }) => answer(c, query),
  );
  endpoint(
    api,
    {
      ...common,
      method: 'get',
      operation_id: 'mcpStream',
      summary: 'What the server says by itself in a session',
      answers: { 200: { description: 'the stream', media: { 'text/event-stream': Stream } } },
    },
    (c, { query }) => answer(c, query),
  );
  endpoint(
    api,
    {
      ...common,
      method: 'delete',
      operation_id: 'mcpEnd',
      summary: 'End a session; its tasks go on',
      answers: { 200: { description: 'ended' } },
    },
    (c, { query }) => answer(c, query),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/events',
      operation_id: 'taskToolEvents',
      tag: 'MCP',
      summary: 'The events of your tasks in the words of the tools over MCP, live or in pages',
      query: {
        after: z
          .union([z.literal('latest'), position], { error: 'must be a whole number of 0 or more, or latest' })
          .default(0)
          .describe('the last id that was received, or `latest`'),
        limit: count(1, 500).default(100).describe('of a JSON page'),
      },
      headers: {
        Accept: '`application/json` for a page; server-sent events otherwise',
        'Last-Event-ID': 'the last id that was received; takes precedence over `after`',
      },
      answers: {
        200: { description: 'the events', schema: McpEvents, media: { 'text/event-stream': McpStream } },
      },
    },
    async (c, { query }) => {
      const given = lastEventId(c) ?? query.after;
      const after = given === 'latest' ? await deps.store.lastPosition() : given;
      const owner = c.get('owner');
      if (!wantsJson(c)) {
        return await feedStream(deps, owner, after, (entry) => {
          const event = toMcpEvent(entry);
          return { id: event.id, event: event.type, data: event };
        });
      }
      const entries = await deps.store.readFeed({ owner, after_position: after, limit: query.limit });
      const events = entries.map(toMcpEvent);
      return c.json({ events, next_after: events.at(-1)?.id ?? after });
    },
  );
}

const CODES: Record<number, ErrorCode> = {
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
};

/** What the transport refuses is told like every other error of the API. */
async function toAnswer(response: Response | null): Promise<Response> {
  if (response === null) {
    throw new ProblemError({ code: 'not_found', message: 'There is no such session; initialize a new one.' });
  }
  if (response.ok) return response;
  const said = z.object({ error: z.object({ message: z.string() }) }).safeParse(await response.json());
  throw new ProblemError({
    code: CODES[response.status] ?? 'validation',
    message: said.success ? said.data.error.message : 'The request is not an MCP message.',
  });
}
