import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { z } from 'zod';
import { type FieldIssue, fieldIssues, ProblemError } from '../../../contracts/error.ts';
import { checkRole } from '../../access/roles.ts';
import { toProblem } from '../../errors.ts';
import { checkStorable } from '../../request/json.ts';
import { cancelTasks } from './cancel.ts';
import { AwaitInput, CancelInput, ListInput, namedIds, PeekInput, PlanInput, StartInput } from './inputs.ts';
import { listView } from './list.ts';
import { startPlan } from './plans.ts';
import { readRecord } from './record.ts';
import { reminderOf } from './reminder.ts';
import type { RequestContext } from './session.ts';
import { startTask } from './start.ts';
import { toolsOf } from './tool-list.ts';
import { awaitTasks } from './wait.ts';
import { RETIRED_TOOLS } from './words.ts';

/** What a tool gives: data, and how a model reads it where that is not the data itself. */
interface Answer {
  data: Record<string, unknown>;
  text?: string;
}

type Handler = (ctx: RequestContext, given: unknown) => Promise<Answer>;

const HANDLERS: Record<string, Handler> = {
  task_start: handler(StartInput, async (ctx, input) => {
    checkRole(ctx.caller.role, 'operator');
    return { data: { ...(await startTask(ctx, input)) } };
  }),
  task_await: handler(AwaitInput, async (ctx, input) => {
    const records = await awaitTasks(ctx, idsOf(input), input.timeoutMs);
    return { data: input.taskIds === undefined ? { ...records[0]! } : { tasks: records } };
  }),
  task_peek: handler(PeekInput, async (ctx, { taskId }) => ({
    data: { ...(await readRecord(ctx, taskId)) },
  })),
  task_cancel: handler(CancelInput, async (ctx, input) => {
    checkRole(ctx.caller.role, 'operator');
    const records = await cancelTasks(ctx, idsOf(input), input.reason);
    return { data: input.taskIds === undefined ? { ...records[0]! } : { tasks: records } };
  }),
  task_list: handler(ListInput, (ctx, input) => listView(ctx, input)),
  plan_tasks: handler(PlanInput, async (ctx, input) => {
    checkRole(ctx.caller.role, 'operator');
    return { data: await startPlan(ctx, input) };
  }),
};

/**
 * Carries out a call of a tool. What is wrong with it is said in the answer, where the model reads it; a reminder of
 * the tasks that still run stands behind it, in a block of its own.
 */
export async function callTool(ctx: RequestContext, name: string, given: unknown): Promise<CallToolResult> {
  const answer = await answerOf(ctx, name, given);
  const reminder = await reminderOf(ctx).catch(() => null);
  if (reminder !== null) answer.content.push({ type: 'text', text: reminder });
  return answer;
}

async function answerOf(ctx: RequestContext, name: string, given: unknown): Promise<CallToolResult> {
  const offered = toolsOf(ctx.session).some((tool) => tool.name === name);
  const handle = offered ? HANDLERS[name] : undefined;
  if (!handle) return wrong({ code: 'unknown_tool', message: noSuchTool(ctx, name), fields: [] });
  try {
    checkStorable(given);
    const { data, text } = await handle(ctx, given);
    return {
      content: [{ type: 'text', text: text ?? JSON.stringify(data, null, 2) }],
      structuredContent: data,
    };
  } catch (error) {
    const { code, message, fields = [] } = toProblem(error);
    if (code === 'internal') ctx.deps.log.error({ err: error, tool: name }, 'a tool over MCP failed');
    return wrong({ code, message, fields });
  }
}

/** The path to take instead, for a model that asks for a tool that it knows from elsewhere. */
function noSuchTool({ session }: RequestContext, name: string): string {
  const instead = Object.hasOwn(RETIRED_TOOLS, name) ? RETIRED_TOOLS[name] : undefined;
  const path =
    instead ??
    'task_start {"task":"what you wanted it to do, complete in itself"}, then task_await {"taskId":"the taskId of its answer"}';
  const names = toolsOf(session).map((tool) => tool.name);
  return `There is no tool ${name.slice(0, 100)} here. Instead: ${path}. The tools are ${names.join(', ')}.`;
}

function wrong(error: { code: string; message: string; fields: readonly FieldIssue[] }): CallToolResult {
  const { message, fields } = error;
  const lines = fields.map(({ path, issue }) => `- ${path}: ${issue}`);
  return {
    isError: true,
    content: [{ type: 'text', text: [message, ...lines].join('\n') }],
    structuredContent: { error },
  };
}

function handler<S extends z.ZodType>(
  input: S,
  handle: (ctx: RequestContext, input: z.output<S>) => Promise<Answer>,
): Handler {
  return async (ctx, given) => {
    const parsed = input.safeParse(given ?? {});
    if (parsed.success) return await handle(ctx, parsed.data);
    const fields = fieldIssues(parsed.error);
    throw new ProblemError({ code: 'validation', message: 'The arguments are not valid.', fields });
  };
}

function idsOf(given: { taskId?: string; taskIds?: string[] }): string[] {
  const ids = namedIds(given);
  if (ids !== null) return ids;
  const fields = [{ path: 'taskId', issue: 'give either taskId or taskIds' }];
  throw new ProblemError({ code: 'validation', message: 'The arguments are not valid.', fields });
}
