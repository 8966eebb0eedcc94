import type { MiddlewareHandler } from 'hono';
import { ProblemError } from '../contracts/error.ts';
import { LOCAL_OWNER } from '../contracts/names.ts';
import type { Variables } from './endpoint.ts';

/** What the check needs of the store. */
export interface KeyStore {
  anyKeys(): Promise<boolean>;
  findKey(key: string): Promise<{ key_id: string; owner: string; name: string } | null>;
}

/** Routes without a key: whether the service is up, and addresses that hold a secret of their own. */
const OPEN_PATHS = /^\/(healthz|readyz|callbacks\/[^/]*)$/;

/**
 * Settles who calls: the owner of the key in `Authorization: Bearer`, or `local` while no key was ever made.
 * Throws `unauthorized` for everything else. Keys are made in another process, so that there are some is asked
 * until it is so; it stays so.
 */
export function whoCalls(keys: KeyStore): MiddlewareHandler<{ Variables: Variables }> {
  let needed = false;
  return async (c, next) => {
    if (OPEN_PATHS.test(c.req.path)) return await next();
    needed ||= await keys.anyKeys();
    if (!needed) {
      c.set('owner', LOCAL_OWNER);
      c.set('actor', LOCAL_OWNER);
      return await next();
    }
    const given = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (given === undefined) unauthorized('Send an API key: `Authorization: Bearer <key>`.');
    const key = await keys.findKey(given);
    if (key === null) unauthorized('The API key is unknown or revoked.');
    c.set('owner', key.owner);
    c.set('actor', key.name || key.owner);
    await next();
  };
}

function unauthorized(message: string): never {
  throw new ProblemError({ code: 'unauthorized', message });
}
