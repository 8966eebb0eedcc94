import { storable } from '../database/database.ts';
import type { Db, Schema } from '../database/schema.ts';
import type { ListCursor } from './list.ts';

/** Something that was done at once. */
export type Operation = Schema['operations'];

/** Keeps what was done. One that is there already, of the same owner, is given back as it is. */
export async function keepOperation(db: Db, operation: Operation): Promise<Operation> {
  const { name, message, answer, error } = operation;
  await db
    .insertInto('operations')
    .values({
      ...operation,
      name: storable(name),
      message: storable(message),
      answer: answer === null ? null : storable(answer),
      error: error === null ? null : storable(error),
    })
    .onConflict((conflict) => conflict.column('operation_id').doNothing())
    .execute();
  return (await readOperation(db, operation.owner, operation.operation_id)) ?? operation;
}

/** An operation of an owner, or null. */
export async function readOperation(db: Db, owner: string, operation_id: string): Promise<Operation | null> {
  const row = await db
    .selectFrom('operations')
    .selectAll()
    .where('operation_id', '=', storable(operation_id))
    .where('owner', '=', owner)
    .executeTakeFirst();
  return row ?? null;
}

/** The operations of an owner, newest first by `created_at`, then by their ids downwards. */
export async function listOperations(
  db: Db,
  query: { owner: string; before?: ListCursor; limit: number },
): Promise<Operation[]> {
  const { owner, before, limit } = query;
  let select = db
    .selectFrom('operations')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('created_at', 'desc')
    .orderBy('operation_id', 'desc')
    .limit(limit);
  if (before) {
    select = select.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('created_at', 'operation_id'),
        '<',
        tuple(storable(before.created_at), storable(before.job_id)),
      ),
    );
  }
  return await select.execute();
}
