import { createHash } from 'node:crypto';
import { type FieldIssue, ProblemError } from '../../../contracts/error.ts';
import type { Operation } from '../../../store/index.ts';
import type { StartInput } from './inputs.ts';
import { OPERATION_PREFIX, readRecord } from './record.ts';
import { type RequestContext, scopesOf } from './session.ts';

type Memory = NonNullable<StartInput['memory']>;
type Op = NonNullable<StartInput['op']>;

/** Of a finished task's result, what its entry keeps. */
const KEPT_CHARS = 4000;

/** Carries out an operation and keeps that it was done; one that is sent again is not done twice. */
export async function runOperation(ctx: RequestContext, input: StartInput): Promise<Operation> {
  const { deps, caller, session, request_id } = ctx;
  const { op, memory, task } = input;
  if (op === undefined) invalid([{ path: 'op', issue: 'is required for kind op' }]);
  if (memory === undefined) invalid([{ path: 'memory', issue: `is required: the arguments of ${op}` }]);
  const missing = NEEDED[op].filter((field) => memory[field] === undefined);
  if (missing.length > 0) {
    invalid(missing.map((field) => ({ path: `memory.${field}`, issue: `is required for ${op}` })));
  }
  const hash = createHash('sha256').update([caller.owner, session.session_id, request_id].join('\0'));
  const operation_id = `${OPERATION_PREFIX}${hash.digest('hex').slice(0, 20)}`;
  const before = await deps.store.readOperation(caller.owner, operation_id);
  if (before) return before;
  const created_at = new Date().toISOString();
  const answer = await OPERATIONS[op](ctx, memory);
  return await deps.store.keepOperation({
    operation_id,
    owner: caller.owner,
    name: op,
    message: task,
    answer: JSON.stringify(answer),
    error: null,
    created_at,
    finished_at: new Date().toISOString(),
  });
}

const NEEDED: Record<Op, readonly (keyof Memory)[]> = {
  'memory.put': ['key', 'value'],
  'memory.link': ['fromKey', 'toKey'],
  'memory.done': ['taskId'],
};

const OPERATIONS: Record<Op, (ctx: RequestContext, memory: Memory) => Promise<Record<string, unknown>>> = {
  async 'memory.put'(ctx, { key, value, scope }) {
    await ctx.deps.store.putMemory(placeOf(ctx, scope), { key: key!, value: value! });
    return { key, scope };
  },
  async 'memory.link'(ctx, { fromKey, toKey, relation, scope }) {
    const link = { from_key: fromKey!, to_key: toKey!, relation };
    await ctx.deps.store.linkMemory(placeOf(ctx, scope), link);
    return { fromKey, toKey, relation, scope };
  },
  /** The task's own entry holds its result; entries linked to it are done with it. */
  async 'memory.done'(ctx, { taskId, scope }) {
    const { status, message, responseText, error } = await readRecord(ctx, taskId!);
    if (status === 'running') {
      const issue = `the task ${taskId} still runs; wait for it with task_await {"taskId":"${taskId}"}`;
      invalid([{ path: 'memory.taskId', issue }]);
    }
    const place = placeOf(ctx, scope);
    const key = `task:${taskId}`;
    const result = responseText?.slice(0, KEPT_CHARS).toWellFormed() ?? null;
    const value = JSON.stringify({
      status,
      message: message.slice(0, KEPT_CHARS).toWellFormed(),
      result,
      error,
    });
    await ctx.deps.store.putMemory(place, { key, value, done: true });
    return { taskId, scope, done: [key, ...(await ctx.deps.store.finishMemory(place, key))] };
  },
};

const placeOf = ({ caller, session }: RequestContext, scope: Memory['scope']) => ({
  owner: caller.owner,
  scope: scopesOf(session)[scope],
});

function invalid(fields: FieldIssue[]): never {
  throw new ProblemError({ code: 'validation', message: 'Nothing was done.', fields });
}
