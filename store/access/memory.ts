import { storable } from '../database/database.ts';
import type { Db, Schema } from '../database/schema.ts';

/** Whose memory, and which part of it: `global`, or `project:` and a name. */
export interface MemoryPlace {
  owner: string;
  scope: string;
}

/** Something to be remembered. */
export type MemoryEntry = Pick<
  Schema['memory'],
  'scope' | 'key' | 'value' | 'created_at' | 'updated_at' | 'done_at'
>;

/** Says how two keys belong together. */
export type MemoryLink = Pick<Schema['memory_links'], 'scope' | 'from_key' | 'to_key' | 'relation'>;

/** Remembers a value under a key, in place of an earlier one; an entry that was done is open again. */
export async function putMemory(
  db: Db,
  { owner, scope }: MemoryPlace,
  entry: { key: string; value: string; done?: boolean },
): Promise<void> {
  const now = new Date().toISOString();
  const value = storable(entry.value);
  const done_at = entry.done ? now : null;
  await db
    .insertInto('memory')
    .values({ owner, scope, key: storable(entry.key), value, created_at: now, updated_at: now, done_at })
    .onConflict((conflict) =>
      conflict.columns(['owner', 'scope', 'key']).doUpdateSet({ value, updated_at: now, done_at }),
    )
    .execute();
}

/** Links two keys; a link that is there stays as it is. The keys need not be there yet. */
export async function linkMemory(
  db: Db,
  { owner, scope }: MemoryPlace,
  link: { from_key: string; to_key: string; relation: string },
): Promise<void> {
  const [from_key, to_key, relation] = [link.from_key, link.to_key, link.relation].map(storable);
  await db
    .insertInto('memory_links')
    .values({
      owner,
      scope,
      from_key: from_key!,
      to_key: to_key!,
      relation: relation!,
      created_at: new Date().toISOString(),
    })
    .onConflict((conflict) =>
      conflict.columns(['owner', 'scope', 'from_key', 'to_key', 'relation']).doNothing(),
    )
    .execute();
}

/** Marks the open entries that are linked to a key, either way, as done; gives their keys. */
export async function finishMemory(db: Db, { owner, scope }: MemoryPlace, key: string): Promise<string[]> {
  return await db.transaction().execute(async (transaction) => {
    const links = await transaction
      .selectFrom('memory_links')
      .select(['from_key', 'to_key'])
      .where('owner', '=', owner)
      .where('scope', '=', scope)
      .where((e) => e.or([e('from_key', '=', key), e('to_key', '=', key)]))
      .execute();
    const keys = [...new Set(links.flatMap(({ from_key, to_key }) => [from_key, to_key]))];
    const linked = keys.filter((one) => one !== key);
    if (linked.length === 0) return [];
    const done = await transaction
      .updateTable('memory')
      .set({ done_at: new Date().toISOString() })
      .where('owner', '=', owner)
      .where('scope', '=', scope)
      .where('key', 'in', linked)
      .where('done_at', 'is', null)
      .returning('key')
      .execute();
    return done.map((row) => row.key).sort();
  });
}

/** What is remembered in the given scopes, the latest first, at most `limit`, and the links between. */
export async function readMemory(
  db: Db,
  query: { owner: string; scopes: readonly string[]; open_only: boolean; limit: number },
): Promise<{ entries: MemoryEntry[]; links: MemoryLink[] }> {
  const { owner, scopes, open_only, limit } = query;
  if (scopes.length === 0) return { entries: [], links: [] };
  let select = db
    .selectFrom('memory')
    .select(['scope', 'key', 'value', 'created_at', 'updated_at', 'done_at'])
    .where('owner', '=', owner)
    .where('scope', 'in', scopes)
    .orderBy('updated_at', 'desc')
    .orderBy('key')
    .limit(limit);
  if (open_only) select = select.where('done_at', 'is', null);
  const entries = await select.execute();
  const links = await db
    .selectFrom('memory_links')
    .select(['scope', 'from_key', 'to_key', 'relation'])
    .where('owner', '=', owner)
    .where('scope', 'in', scopes)
    .orderBy('created_at')
    .orderBy('from_key')
    .orderBy('to_key')
    .limit(limit)
    .execute();
  return { entries, links };
}
