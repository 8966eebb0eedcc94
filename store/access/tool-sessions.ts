import { storable } from '../database/database.ts';
import type { Db } from '../database/schema.ts';

/** A client's session, as it is kept: with it, another process can go on with the session. */
export interface ToolSession {
  session_id: string;
  owner: string;
  /** whatever whoever serves it has to know again, JSON */
  settings: unknown;
}

/** Sessions that nobody used for so long are forgotten. */
const KEPT_DAYS = 30;

/** Of an owner; of more, the one that was used longest ago is forgotten. */
export const MAX_KEPT = 1000;

/** Keeps a session, and forgets those that are long out of use or too many. */
export async function putToolSession(db: Db, { session_id, owner, settings }: ToolSession): Promise<void> {
  const used_at = new Date().toISOString();
  const oldest = new Date(Date.now() - KEPT_DAYS * 86_400_000).toISOString();
  const surplus = db
    .selectFrom('tool_sessions')
    .select('session_id')
    .where('owner', '=', owner)
    .orderBy('used_at', 'desc')
    .limit(MAX_KEPT)
    .offset(MAX_KEPT - 1);
  const stale = await db
    .deleteFrom('tool_sessions')
    .where((where) => where.or([where('used_at', '<', oldest), where('session_id', 'in', surplus)]))
    .returning('session_id')
    .execute();
  for (const session of stale) await dropJobs(db, session.session_id);
  await db
    .insertInto('tool_sessions')
    .values({ session_id, owner, settings: JSON.stringify(settings), used_at })
    .execute();
}

/** A session, or null; that it is used is noted. */
export async function useToolSession(db: Db, session_id: string): Promise<ToolSession | null> {
  const row = await db
    .updateTable('tool_sessions')
    .set({ used_at: new Date().toISOString() })
    .where('session_id', '=', storable(session_id))
    .returning(['session_id', 'owner', 'settings'])
    .executeTakeFirst();
  return row ? { ...row, settings: JSON.parse(row.settings) as unknown } : null;
}

/** Forgets a session. */
export async function dropToolSession(db: Db, session_id: string): Promise<void> {
  await dropJobs(db, session_id);
  await db.deleteFrom('tool_sessions').where('session_id', '=', storable(session_id)).execute();
}

/** Notes that a job was started in a session. */
export async function addSessionJob(db: Db, session_id: string, job_id: string): Promise<void> {
  await db
    .insertInto('tool_session_jobs')
    .values({ session_id, job_id, started_at: new Date().toISOString() })
    .onConflict((conflict) => conflict.columns(['session_id', 'job_id']).doNothing())
    .execute();
}

/** The jobs that were started in a session, newest first. */
export async function sessionJobs(db: Db, session_id: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('tool_session_jobs')
    .select('job_id')
    .where('session_id', '=', session_id)
    .orderBy('started_at', 'desc')
    .orderBy('job_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.job_id);
}

async function dropJobs(db: Db, session_id: string): Promise<void> {
  await db.deleteFrom('tool_session_jobs').where('session_id', '=', storable(session_id)).execute();
}
