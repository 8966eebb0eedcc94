import { sql } from 'kysely';
import { ProblemError } from '../../contracts/error.ts';
import type { AgentRegistration, RegisteredAgent } from '../../contracts/registry.ts';
import { healthOf, isBack } from '../../core/agents/health.ts';
import { lockJob, storable } from '../database/database.ts';
import type { Db, Schema } from '../database/schema.ts';

/** An agent, and whether it was to be had before. */
export interface SeenAgent {
  agent: RegisteredAgent;
  before: 'new' | RegisteredAgent['health'];
}

/**
 * Registers an agent, or replaces its registration; it counts as a heartbeat. Throws `conflict` for a task queue
 * on which another owner has an agent.
 */
export async function registerAgent(db: Db, owner: string, given: AgentRegistration): Promise<SeenAgent> {
  const now = new Date().toISOString();
  const { agent_id, capabilities, base_url = null, task_queue = null, ...rest } = given;
  const fields = {
    ...rest,
    agent_name: storable(given.agent_name),
    base_url,
    task_queue,
    capabilities: JSON.stringify(capabilities),
    heartbeat_at: now,
    unavailable_at: null,
  };
  return await db.transaction().execute(async (transaction) => {
    await lockAgent(transaction, owner, agent_id);
    if (task_queue !== null) await claimQueue(transaction, owner, task_queue);
    const before = await findAgent(transaction, owner, agent_id);
    await transaction
      .insertInto('agents')
      .values({ owner, agent_id, registered_at: now, ...fields })
      .onConflict((conflict) => conflict.columns(['owner', 'agent_id']).doUpdateSet(fields))
      .execute();
    const agent = (await findAgent(transaction, owner, agent_id))!;
    return { agent, before: before?.health ?? 'new' };
  });
}

/** An agent says that it is there. Null when there is none of that id. */
export async function beatAgent(db: Db, owner: string, agent_id: string): Promise<SeenAgent | null> {
  return await db.transaction().execute(async (transaction) => {
    await lockAgent(transaction, owner, agent_id);
    const before = await findAgent(transaction, owner, agent_id);
    if (!before) return null;
    const now = new Date().toISOString();
    await transaction
      .updateTable('agents')
      .set({ heartbeat_at: now, ...(isBack(before.unavailable_at, now) ? { unavailable_at: null } : {}) })
      .where('owner', '=', owner)
      .where('agent_id', '=', agent_id)
      .execute();
    const agent = (await findAgent(transaction, owner, agent_id))!;
    return { agent, before: before.health };
  });
}

/** Forgets an agent; false when there is none of that id. What it works on may still be answered. */
export async function removeAgent(db: Db, owner: string, agent_id: string): Promise<boolean> {
  const removed = await db
    .deleteFrom('agents')
    .where('owner', '=', storable(owner))
    .where('agent_id', '=', storable(agent_id))
    .returning('agent_id')
    .executeTakeFirst();
  return removed !== undefined;
}

/** The agents of an owner, or null: of everybody, as they are now, by id. */
export async function listAgents(db: Db, owner: string | null): Promise<RegisteredAgent[]> {
  return (await readAgents(db, owner)).map(({ unavailable_at: _, ...agent }) => agent);
}

/**
 * Takes a place at an agent until the ISO time `expires_at`; false when it is offline, gone or has none left. The same
 * lease may be taken again. Two that take the last place at once do not both get it.
 */
export async function takeAgentLease(
  db: Db,
  lease: { lease_id: string; owner: string; agent_id: string; expires_at: string },
): Promise<boolean> {
  const { lease_id, owner, agent_id, expires_at } = lease;
  return await db.transaction().execute(async (transaction) => {
    await lockAgent(transaction, owner, agent_id);
    const now = new Date().toISOString();
    await transaction
      .deleteFrom('agent_leases')
      .where('owner', '=', owner)
      .where('agent_id', '=', agent_id)
      .where('expires_at', '<=', now)
      .execute();
    const held = await transaction
      .updateTable('agent_leases')
      .set({ expires_at })
      .where('lease_id', '=', lease_id)
      .returning('lease_id')
      .executeTakeFirst();
    if (held) return true;
    const agent = await findAgent(transaction, owner, agent_id);
    const { max_concurrency = null, load = 0 } = agent ?? {};
    if (agent?.health !== 'online' || (max_concurrency !== null && load >= max_concurrency)) return false;
    await transaction.insertInto('agent_leases').values(lease).execute();
    return true;
  });
}

/** Gives a place back; an agent that refused the task counts as offline until its next heartbeat. */
export async function returnAgentLease(
  db: Db,
  lease: { lease_id: string; owner: string; agent_id: string; refused: boolean },
): Promise<void> {
  const { lease_id, owner, agent_id, refused } = lease;
  await db.deleteFrom('agent_leases').where('lease_id', '=', lease_id).execute();
  if (!refused) return;
  await db
    .updateTable('agents')
    .set({ unavailable_at: new Date().toISOString() })
    .where('owner', '=', owner)
    .where('agent_id', '=', agent_id)
    .execute();
}

type Found = RegisteredAgent & { unavailable_at: string | null };

async function findAgent(db: Db, owner: string, agent_id: string): Promise<Found | undefined> {
  return (await readAgents(db, owner, storable(agent_id)))[0];
}

async function readAgents(db: Db, owner: string | null, agent_id?: string): Promise<Found[]> {
  const now = new Date().toISOString();
  let query = db
    .selectFrom('agents')
    .selectAll()
    .select((expression) =>
      expression
        .selectFrom('agent_leases')
        .select(sql<number>`count(*)`.as('load'))
        .whereRef('agent_leases.owner', '=', 'agents.owner')
        .whereRef('agent_leases.agent_id', '=', 'agents.agent_id')
        .where('expires_at', '>', now)
        .as('load'),
    )
    .orderBy('agents.agent_id')
    .orderBy('agents.owner');
  if (owner !== null) query = query.where('agents.owner', '=', owner);
  if (agent_id !== undefined) query = query.where('agents.agent_id', '=', agent_id);
  return (await query.execute()).map((row) => toAgent(row, now));
}

function toAgent({ capabilities, load, ...row }: Schema['agents'] & { load: unknown }, now: string): Found {
  return {
    ...row,
    // PostgreSQL counts in bigint
    load: Number(load ?? 0),
    capabilities: JSON.parse(capabilities) as RegisteredAgent['capabilities'],
    health: healthOf(row, now),
  };
}

/** Holds an agent until the transaction ends. */
const lockAgent = (transaction: Db, owner: string, agent_id: string) =>
  lockJob(transaction, `agent/${owner}/${agent_id}`);

/** Throws unless the queue is free or the owner's: it is of whoever was the first to register an agent on it. */
async function claimQueue(transaction: Db, owner: string, task_queue: string): Promise<void> {
  await lockJob(transaction, `queue/${task_queue}`);
  const first = await transaction
    .selectFrom('agents')
    .select('owner')
    .where('task_queue', '=', task_queue)
    .orderBy('registered_at')
    .orderBy('owner')
    .limit(1)
    .executeTakeFirst();
  if (first === undefined || first.owner === owner) return;
  throw new ProblemError({
    code: 'conflict',
    message: `The task queue '${task_queue}' is taken.`,
    fields: [{ path: 'task_queue', issue: 'another owner has an agent on this queue; choose another name' }],
  });
}
