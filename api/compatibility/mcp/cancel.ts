import { ProblemError } from '../../../contracts/error.ts';
import { untilCancelled } from '../../jobs/cancel.ts';
import { sendAs } from '../../jobs/command.ts';
import { OPERATION_PREFIX, readRecord, type TaskRecord } from './record.ts';
import type { RequestContext } from './session.ts';
import { mustExist } from './wait.ts';

/** Stops tasks and waits until they have stopped; one that had ended before stays as it is. */
export async function cancelTasks(
  ctx: RequestContext,
  ids: readonly string[],
  reason: string | undefined,
): Promise<TaskRecord[]> {
  await Promise.all(ids.map((id) => mustExist(ctx, id)));
  return await Promise.all(ids.map((id) => cancelTask(ctx, id, reason)));
}

async function cancelTask(ctx: RequestContext, id: string, reason: string | undefined): Promise<TaskRecord> {
  const { deps, caller, session, request_id } = ctx;
  if (!id.startsWith(OPERATION_PREFIX)) {
    const sender = { ...caller, key: `mcp-session:${session.session_id}:${request_id}` };
    try {
      const told = await sendAs(deps, sender, id, 'cancel', reason === undefined ? {} : { reason });
      await untilCancelled(deps, caller.sees, id, told);
    } catch (error) {
      if (!hasEnded(error)) throw error;
    }
  }
  return await readRecord(ctx, id);
}

const hasEnded = (error: unknown): boolean =>
  error instanceof ProblemError && error.problem.code === 'conflict';
