import { isAtLeast, type Role } from '../../contracts/access.ts';
import type { CommandName } from '../../contracts/command.ts';
import { COMMAND_ROUTES } from '../../contracts/command-routes.ts';
import { ProblemError } from '../../contracts/error.ts';

type CommandRoute = (typeof COMMAND_ROUTES)[CommandName];
type RouteOf<R> = R extends CommandRoute ? `${Uppercase<R['method']>} ${R['path']}` : never;

/** Those of the commands of a job: contracts/command-routes.ts. */
const COMMAND_ROLES = Object.fromEntries(
  Object.values(COMMAND_ROUTES).map(({ method, path, role }) => [`${method.toUpperCase()} ${path}`, role]),
) as Record<RouteOf<CommandRoute>, CommandRoute['role']>;

/**
 * Who may use which route: the least role that it needs, or `anyone` for those without a key. Every route stands here
 * and nothing else does; {@link neededRole} refuses to serve one that is missing.
 */
export const ROUTE_ROLES = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  // the address holds a secret of its own
  'POST /callbacks/{token}': 'anyone',
  'GET /callbacks/{token}/bundle': 'anyone',
  'PUT /callbacks/{token}/bundle': 'anyone',
  'GET /v1/healthz': 'anyone',
  // the dashboard's own files; it shows what the routes below give to the key that it was told
  'GET /': 'anyone',
  'GET /ui': 'anyone',
  'GET /ui/assets/{file}': 'anyone',
  'GET /ui/{page}': 'anyone',
  'GET /ui/{page}/{id}': 'anyone',
  'GET /ui/{page}/{id}/{part}': 'anyone',

  'GET /openapi.json': 'viewer',
  'GET /docs': 'viewer',
  'GET /metrics': 'viewer',
  'GET /events': 'viewer',
  'GET /v1/events': 'viewer',
  // a message may ask for more: what its tools need is checked when they are called
  'POST /mcp': 'viewer',
  'GET /mcp': 'viewer',
  'DELETE /mcp': 'viewer',
  'GET /approvals': 'viewer',
  'GET /usage': 'viewer',
  'GET /agents': 'viewer',
  'GET /settings/routing': 'viewer',
  'GET /settings/engine': 'viewer',
  'GET /me': 'viewer',
  'GET /orchestrate/jobs': 'viewer',
  'GET /orchestrate/providers': 'viewer',
  'GET /orchestrate/{job_id}': 'viewer',
  'GET /orchestrate/{job_id}/status': 'viewer',
  'GET /orchestrate/{job_id}/plan': 'viewer',
  'GET /orchestrate/{job_id}/approvals': 'viewer',
  'GET /orchestrate/{job_id}/events': 'viewer',
  'GET /orchestrate/{job_id}/messages': 'viewer',
  'GET /orchestrate/{job_id}/diff': 'viewer',
  'GET /orchestrate/{job_id}/bundle': 'viewer',
  'GET /orchestrate/{job_id}/texts/{sha256}': 'viewer',
  'GET /orchestrate/{job_id}/webhooks': 'viewer',
  'GET /orchestrate/{job_id}/artifacts': 'viewer',
  'GET /orchestrate/{job_id}/artifacts/{artifact_id}': 'viewer',
  'GET /orchestrate/{job_id}/ledger': 'viewer',
  'GET /orchestrate/{job_id}/task/{task_id}/logs': 'viewer',
  'GET /orchestrate/{job_id}/task/{task_id}/transcript': 'viewer',
  'GET /orchestrate/{job_id}/task/{task_id}/context': 'viewer',
  'GET /orchestrate/{job_id}/task/{task_id}/diff': 'viewer',

  'GET /v1/orchestrate/plans': 'viewer',
  'GET /v1/orchestrate/{planId}': 'viewer',

  'POST /orchestrate/submit': 'operator',
  'POST /v1/orchestrate': 'operator',
  ...COMMAND_ROLES,
  'PUT /orchestrate/{job_id}/task/{task_id}/bundle': 'operator',
  'POST /orchestrate/{job_id}/webhooks/{delivery_id}/resend': 'operator',
  'POST /webhooks/test': 'operator',
  // who knows it can sign as the service does
  'GET /webhooks/secret': 'operator',
  'POST /webhooks/secret/rotate': 'operator',
  'DELETE /orchestrate/{job_id}': 'operator',

  'POST /orchestrate': 'operator',
  'POST /execute/{task_id}': 'operator',
  'GET /tasks/{task_id}': 'viewer',
  'POST /agents': 'operator',
  'POST /agents/{agent_id}/heartbeat': 'operator',
  'DELETE /agents/{agent_id}': 'operator',

  'POST /projects': 'operator',
  'POST /projects/{id}/start': 'operator',
  'POST /projects/{id}/pause': 'operator',
  'POST /projects/{id}/resume': 'operator',
  'POST /projects/{id}/stop': 'operator',
  'POST /projects/{id}/messages': 'operator',
  'GET /projects': 'viewer',
  'GET /projects/{id}': 'viewer',
  'GET /projects/{id}/messages': 'viewer',
  'GET /projects/{id}/events': 'viewer',

  'PUT /settings/routing': 'admin',
} as const satisfies Record<string, Role | 'anyone'>;

/** Whether somebody without a key may send this. Of a route with an id in its path, any id will do. */
export const isOpen = (method: string, path: string): boolean =>
  OPEN.some((route) => route.test(`${method === 'HEAD' ? 'GET' : method} ${path}`));

const OPEN = Object.entries(ROUTE_ROLES).flatMap(([route, role]) =>
  role === 'anyone' ? [new RegExp(`^${route.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`)] : [],
);

/** The role that a route needs. Throws for one that is not in {@link ROUTE_ROLES}: no route is open by oversight. */
export function neededRole(method: string, path: string): Role | 'anyone' {
  const route = `${method.toUpperCase()} ${path}`;
  const needed: Role | 'anyone' | undefined = ROUTE_ROLES[route as keyof typeof ROUTE_ROLES];
  if (needed === undefined) throw new Error(`api/access/roles.ts does not say who may use ${route}`);
  return needed;
}

/** Throws `forbidden` for a role that is not enough. */
export function checkRole(role: Role, needed: Role | 'anyone'): void {
  if (needed === 'anyone' || isAtLeast(role, needed)) return;
  throw new ProblemError({
    code: 'forbidden',
    message: `A key of the role ${role} may not do this; it needs the role ${needed}.`,
  });
}
