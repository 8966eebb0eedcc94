import type { ExpressionBuilder } from 'kysely';
import type { WaitingTask } from '../../contracts/registry.ts';
import type { Db, Schema } from '../database/schema.ts';

/** A job that was told about an agent is not told again for this long, unless its task waits again. */
const NOTIFIED_MS = 30_000;

/** A task whose job was told this long ago, and that does not wait again, has continued or ended. */
const FORGOTTEN_MS = 600_000;

/** Remembers that a task waits for an agent; one that waits again keeps its place in the queue. */
export async function addWaiting(db: Db, task: WaitingTask): Promise<void> {
  const { capabilities, ...rest } = task;
  const fields = { agent: rest.agent, capabilities: JSON.stringify(capabilities), woken_at: null };
  await db
    .insertInto('waiting_tasks')
    .values({ ...rest, ...fields, since: new Date().toISOString() })
    .onConflict((conflict) => conflict.columns(['job_id', 'task_id']).doUpdateSet(fields))
    .execute();
}

/** The task has an agent. */
export async function removeWaiting(db: Db, job_id: string, task_id: string): Promise<void> {
  await db.deleteFrom('waiting_tasks').where('job_id', '=', job_id).where('task_id', '=', task_id).execute();
}

/** Owners with tasks that wait. Forgets those of long ago. */
export async function waitingOwners(db: Db): Promise<string[]> {
  const forgotten = new Date(Date.now() - FORGOTTEN_MS).toISOString();
  await db.deleteFrom('waiting_tasks').where('woken_at', '<', forgotten).execute();
  const rows = await db.selectFrom('waiting_tasks').select('owner').distinct().execute();
  return rows.map(({ owner }) => owner);
}

/** Tasks of an owner that wait for an agent, and whose jobs were not told of one lately, oldest first. */
export async function listWaiting(db: Db, owner: string): Promise<WaitingTask[]> {
  const rows = await db
    .selectFrom('waiting_tasks')
    .select(['job_id', 'task_id', 'owner', 'agent', 'capabilities'])
    .where('owner', '=', owner)
    .where(notNotifiedRecently)
    .orderBy('since')
    .orderBy('job_id')
    .orderBy('task_id')
    .execute();
  return rows.map((row) => ({ ...row, capabilities: JSON.parse(row.capabilities) as string[] }));
}

/**
 * Takes it upon the caller to tell the task's job that there may be an agent; false when somebody else did so lately.
 * Marked before it is told: the sweep makes up for a lost signal after {@link NOTIFIED_MS}, at the next round.
 */
export async function claimWaiting(db: Db, { job_id, task_id }: WaitingTask): Promise<boolean> {
  const claimed = await db
    .updateTable('waiting_tasks')
    .set({ woken_at: new Date().toISOString() })
    .where('job_id', '=', job_id)
    .where('task_id', '=', task_id)
    .where(notNotifiedRecently)
    .returning('task_id')
    .executeTakeFirst();
  return claimed !== undefined;
}

const notNotifiedRecently = (expression: ExpressionBuilder<Schema, 'waiting_tasks'>) =>
  expression.or([
    expression('woken_at', 'is', null),
    expression('woken_at', '<', new Date(Date.now() - NOTIFIED_MS).toISOString()),
  ]);
