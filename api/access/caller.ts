import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Role } from '../../contracts/access.ts';

/** Whose jobs somebody sees; null: everybody's. */
export type Sees = string | null;

/** Who calls. */
export interface Caller {
  /** owner of the jobs they start */
  owner: string;
  /** who acts, as it is written into events */
  actor: string;
  role: Role;
  sees: Sees;
  /** null where no key is asked for */
  key_id: string | null;
}

/** What the middleware has settled before a route runs; nothing for one that `anyone` may use. */
export type Variables = Caller & {
  /** the job of the path, where there is one */
  job_id?: string;
};

export type Api = OpenAPIHono<{ Variables: Variables }>;

export type Ctx = Context<{ Variables: Variables }>;

/** Who sent a request. */
export const callerOf = (c: Ctx): Caller => ({
  owner: c.get('owner'),
  actor: c.get('actor'),
  role: c.get('role'),
  sees: c.get('sees'),
  key_id: c.get('key_id'),
});
