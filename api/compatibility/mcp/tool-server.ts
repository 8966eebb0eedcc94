import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Caller } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { toProblem } from '../../errors.ts';
import { callTool } from './call-tool.ts';
import { getPrompt, promptsOf } from './prompts.ts';
import { listResources, RESOURCE_TEMPLATES, readResource } from './resources.ts';
import type { RequestContext, SessionInfo } from './session.ts';
import { INSTRUCTIONS, toolsOf } from './tool-list.ts';

/** Where a request carries who sent it. */
export const CALLER = 'caller';

/** Of a resource that is not there, by the protocol (2025-06-18, server/resources, Error Handling). */
const RESOURCE_NOT_FOUND = -32002;

/** What a handler knows about its request, as far as it is used here. */
interface Extra {
  signal: AbortSignal;
  requestId: string | number;
  authInfo?: { extra?: Record<string, unknown> };
  _meta?: { progressToken?: string | number };
  sendNotification(notification: {
    method: 'notifications/progress';
    params: { progressToken: string | number; progress: number; message: string };
  }): Promise<void>;
}

/** The MCP server of a session: names and schemas of its tools, prompts and resources, and who answers them. */
export function createToolServer(deps: ApiDeps, session: SessionInfo): Server {
  const server = new Server(
    { name: 'orchestrator', title: 'Orchestrator', version: '1' },
    { capabilities: { tools: {}, prompts: {}, resources: {} }, instructions: INSTRUCTIONS },
  );
  const requestContext = (extra: Extra) => requestContextOf(deps, session, extra);
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...toolsOf(session)] }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) =>
    callTool(requestContext(extra), params.name, params.arguments),
  );
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [...promptsOf(session)] }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }, extra) =>
    told(deps, ErrorCode.InvalidParams, async () => {
      const prompt = await getPrompt(requestContext(extra), params.name, params.arguments ?? {});
      if (prompt) return prompt;
      const names = promptsOf(session)
        .map(({ name }) => name)
        .join(', ');
      throw new McpError(ErrorCode.InvalidParams, `There is no prompt ${params.name}; there are: ${names}`);
    }),
  );
  server.setRequestHandler(ListResourcesRequestSchema, (_request, extra) =>
    told(deps, ErrorCode.InternalError, async () => ({
      resources: await listResources(requestContext(extra)),
    })),
  );
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [...RESOURCE_TEMPLATES],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }, extra) =>
    told(deps, RESOURCE_NOT_FOUND, () => readResource(requestContext(extra), params.uri)),
  );
  return server;
}

function requestContextOf(deps: ApiDeps, session: SessionInfo, extra: Extra): RequestContext {
  const token = extra._meta?.progressToken;
  let progress = 0;
  return {
    deps,
    session,
    caller: extra.authInfo?.extra?.[CALLER] as Caller,
    request_id: `${typeof extra.requestId}:${extra.requestId}`,
    signal: extra.signal,
    progress(message) {
      if (token === undefined || extra.signal.aborted) return;
      progress += 1;
      const params = { progressToken: token, progress, message };
      // the client may have gone; its answer is lost as well then
      void extra.sendNotification({ method: 'notifications/progress', params }).catch(() => undefined);
    },
  };
}

/** Says a problem as an error of the protocol. */
async function told<T>(deps: ApiDeps, code: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof McpError) throw error;
    const problem = toProblem(error);
    if (problem.code === 'internal') deps.log.error({ err: error }, 'a request over MCP failed');
    throw new McpError(problem.code === 'internal' ? ErrorCode.InternalError : code, problem.message);
  }
}
