import type { MiddlewareHandler } from 'hono';
import { Role } from '../../contracts/access.ts';
import { ProblemError } from '../../contracts/error.ts';
import { LOCAL_OWNER } from '../../contracts/names.ts';
import { whileInForce } from '../events/in-force.ts';
import { HEARTBEAT_MS } from '../events/sse.ts';
import type { Caller, Variables } from './caller.ts';
import { isOpen } from './roles.ts';

/** What the check needs of the store. */
export interface KeyStore {
  anyKeys(): Promise<boolean>;
  findKey(key: string): Promise<{ key_id: string; owner: string; name: string; role: string } | null>;
}

/** Characters that a command takes for its actor. */
const MAX_ACTOR = 200;

/** Who calls while no key was ever made: they may do everything. */
const LOCAL: Caller = { owner: LOCAL_OWNER, actor: LOCAL_OWNER, role: 'admin', sees: null, key_id: null };

/**
 * Settles who calls: whose key it is in `Authorization: Bearer`, or `local` while no key was ever made.
 * Throws `unauthorized` for everything else. A stream of events is asked about again for as long as it is open, and
 * ends when its key is revoked.
 * @param check_ms how often, in milliseconds
 */
export function whoCalls(
  keys: KeyStore,
  check_ms: number = HEARTBEAT_MS,
): MiddlewareHandler<{ Variables: Variables }> {
  const needed = keysNeeded(keys);
  return async (c, next) => {
    if (isOpen(c.req.method, c.req.path)) return await next();
    const authorization = c.req.header('authorization');
    const find = async () => ((await needed()) ? await callerOf(keys, authorization) : LOCAL);
    const caller = await find();
    for (const [name, value] of Object.entries(caller)) c.set(name as keyof Caller, value);
    await next();
    const { body, headers } = c.res;
    if (body === null || !headers.get('content-type')?.startsWith('text/event-stream')) return;
    c.res = new Response(
      whileInForce(body, () => isStill(caller, find), check_ms),
      c.res,
    );
  };
}

/** Whether the key of the caller would still let in the same request. A database that can't be asked decides nothing. */
async function isStill(caller: Caller, find: () => Promise<Caller>): Promise<boolean> {
  try {
    const { key_id, owner, role } = await find();
    return key_id === caller.key_id && owner === caller.owner && role === caller.role;
  } catch (error) {
    return !(error instanceof ProblemError && error.problem.code === 'unauthorized');
  }
}

/**
 * Whether a key was ever made. Keys are made in another process, so that there are some is asked until it is so; it
 * stays so.
 */
export function keysNeeded(keys: Pick<KeyStore, 'anyKeys'>): () => Promise<boolean> {
  let needed = false;
  return async () => {
    needed ||= await keys.anyKeys();
    return needed;
  };
}

async function callerOf(keys: KeyStore, authorization: string | undefined): Promise<Caller> {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) unauthorized('Send an API key: `Authorization: Bearer <key>`.');
  const key = await keys.findKey(given);
  if (key === null) unauthorized('The API key is unknown or revoked.');
  const { key_id, owner, name } = key;
  const role = Role.parse(key.role);
  const actor = (name === '' ? owner : `${owner}/${name}`).slice(0, MAX_ACTOR);
  return { owner, actor, role, sees: role === 'admin' ? null : owner, key_id };
}

function unauthorized(message: string): never {
  throw new ProblemError({ code: 'unauthorized', message });
}
