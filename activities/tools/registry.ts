import { z } from 'zod';
import { fieldIssues } from '../../contracts/error.ts';
import type { OfferedTool } from '../../contracts/tool.ts';
import { artifactTools } from './artifacts.ts';
import type { ToolDeps } from './deps.ts';
import { httpRequestTool } from './http/request-tool.ts';
import type { McpRemark } from './mcp/fit-tool.ts';
import { createMcpTools } from './mcp/mcp.ts';
import { outsideTools } from './outside/outside.ts';
import { type AgentToolPolicy, isAllowed, isName, mayAllow, toOffered } from './policy.ts';
import { capResult, type ToolAnswer } from './result.ts';
import { type Tool, type ToolContext, ToolError, type ToolOutput } from './tool.ts';
import { workflowTools } from './workflow-tools.ts';
import { workspaceTools } from './workspace/workspace.ts';

/** All tools of a worker. */
export interface ToolRegistry {
  /**
   * What an agent of that policy may use now; in a job with a budget (`capped`) nothing that costs money of its own.
   * Connects to MCP servers where it may use their tools. Throws only the reason of `signal`, when it is aborted.
   */
  offered(policy: AgentToolPolicy, job?: { capped: boolean }, signal?: AbortSignal): Promise<ToolOffer>;
  /**
   * Carries a call out as far as the tools allow that were offered to this attempt. Everything that goes wrong is an
   * answer; throws only the reason of `context.signal`, when it is aborted.
   */
  run(call: ToolInput, context: ToolContext, offered: readonly OfferedTool[]): Promise<ToolAnswer>;
  /** The validated input of a call, for tools that the workflow carries out, or what to tell the agent. */
  check(call: ToolInput, offered: readonly OfferedTool[]): Promise<CheckedCall>;
  /** Ends what tools keep open; calls after that open it again. */
  close(): Promise<void>;
}

/** A call as a model made it, or as a person changed it. */
export interface ToolInput {
  name: string;
  input: unknown;
}

export interface ToolOffer {
  tools: OfferedTool[];
  /** tools and MCP servers that the policy allows and that can't be used now, and why */
  unavailable: McpRemark[];
  /** MCP servers, and tools of theirs, that are not there, or not as they were announced, and why */
  remarks: McpRemark[];
}

export type CheckedCall = { ok: true; input: unknown } | { ok: false; text: string };

/**
 * Puts the tools together.
 * @param more tools of other parts, those that the workflow carries out for instance
 */
export function createTools(deps: ToolDeps, more: readonly Tool[] = []): ToolRegistry {
  const mcp = createMcpTools(deps);
  const builtIn = new Map(
    [
      ...workflowTools(deps),
      ...artifactTools(deps),
      ...workspaceTools(deps),
      httpRequestTool(deps),
      ...outsideTools(deps),
      ...more,
    ].map((tool) => [tool.name, tool]),
  );

  async function offered(
    policy: AgentToolPolicy,
    { capped } = { capped: false },
    signal?: AbortSignal,
  ): Promise<ToolOffer> {
    const allowed = [...builtIn.values()].filter(({ name }) => isAllowed(name, policy));
    const own = allowed.filter(({ paid }) => !(paid && capped));
    const dear = allowed.filter((tool) => !own.includes(tool));
    const listing = await mcp.list((prefix) => mayAllow(prefix, policy), signal);
    const { tools } = listing;
    const isMeant = ({ name }: McpRemark) => !name.includes('__') || isAllowed(name, policy);
    const left_out = listing.left_out.filter(isMeant);
    const unavailable = [...listing.unavailable, ...left_out];
    const all = [...own, ...tools.filter(({ name }) => isAllowed(name, policy) && !builtIn.has(name))];
    const names = new Set(all.map(({ name }) => name));
    const told = [...listing.unavailable.map(({ name }) => `${name}__`), ...left_out.map(({ name }) => name)];
    const missing = policy.allow
      .filter((name) => isName(name) && !names.has(name) && !builtIn.has(name))
      .filter((name) => !told.some((server) => name.startsWith(server)))
      .map((name) => ({ name, reason: 'there is no such tool here, or its credentials are not configured' }));
    return {
      // in one order, so that prompts of later attempts begin alike and are found in the provider's cache
      tools: all.map((tool) => toOffered(tool, inputSchema(tool), policy)).sort(byName),
      unavailable: [...unavailable, ...missing, ...dear.map(({ name }) => ({ name, reason: NEEDS_NO_CAP }))],
      remarks: [...unavailable, ...listing.changed.filter(isMeant), ...missing.filter(isOfServer)],
    };
  }

  async function find(
    call: ToolInput,
    offer: readonly OfferedTool[],
    signal?: AbortSignal,
  ): Promise<CheckedCall & { tool?: Tool; of?: OfferedTool }> {
    const of = offer.find(({ name }) => name === call.name);
    if (!of) {
      const names = offer.map(({ name }) => name).join(', ');
      const why = builtIn.get(call.name)?.paid ? ` If your list names it: ${NEEDS_NO_CAP}.` : '';
      return { ok: false, text: `You have no tool \`${call.name}\`.${why} Your tools are: ${names}.` };
    }
    const tool = builtIn.get(call.name) ?? (await mcp.find(call.name, signal));
    if (!tool)
      return { ok: false, text: `The tool \`${call.name}\` is no longer available. Continue without it.` };
    const parsed = tool.input.safeParse(call.input);
    if (parsed.success) return { ok: true, input: parsed.data, tool, of };
    const issues = fieldIssues(parsed.error).map(({ path, issue }) => `- ${path || 'the input'}: ${issue}`);
    return { ok: false, text: `The input of \`${call.name}\` is not valid:\n${issues.join('\n')}` };
  }

  return {
    offered,
    async check(call, offer) {
      const found = await find(call, offer).catch(refusal);
      return found.ok ? { ok: true, input: found.input } : found;
    },
    async run(call, context, offer) {
      context.signal.throwIfAborted();
      const output = await carryOut(() => find(call, offer, context.signal), context);
      context.signal.throwIfAborted();
      return await capResult(deps, { ...context, tool: call.name }, output);
    },
    close: () => mcp.close(),
  };
}

const NEEDS_NO_CAP =
  'it costs money that a budget does not hold yet, so that only jobs without one (budget_usd: null) have it';

async function carryOut(
  find: () => Promise<CheckedCall & { tool?: Tool; of?: OfferedTool }>,
  context: ToolContext,
): Promise<ToolOutput> {
  try {
    const found = await find();
    if (!found.ok) return { text: found.text, is_error: true };
    if (!found.tool?.run) return { text: 'This tool is carried out by the task itself.', is_error: true };
    return await found.tool.run(found.input, context);
  } catch (error) {
    return { text: messageOf(error), is_error: true };
  }
}

const refusal = (error: unknown): CheckedCall => ({ ok: false, text: messageOf(error) });

function messageOf(error: unknown): string {
  if (error instanceof ToolError) return error.message;
  return `The call failed: ${error instanceof Error ? error.message : String(error)}`;
}

function inputSchema(tool: Tool): Record<string, unknown> {
  if (tool.input_schema) return tool.input_schema;
  const { $schema: _, ...schema } = z.toJSONSchema(tool.input, { io: 'input' });
  return schema;
}

const isOfServer = ({ name }: McpRemark): boolean => name.includes('__');

const byName = (a: OfferedTool, b: OfferedTool): number => (a.name < b.name ? -1 : 1);
