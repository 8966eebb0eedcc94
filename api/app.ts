import { OpenAPIHono } from '@hono/zod-openapi';
import { ProblemError } from '../contracts/error.ts';
import { whoCalls } from './access/auth.ts';
import { allowOrigins, securityHeaders } from './access/browsers.ts';
import type { Api, Variables } from './access/caller.ts';
import { onlyFromHere } from './access/origin.ts';
import { limitRequests } from './access/request-limit.ts';
import { checkRole, neededRole } from './access/roles.ts';
import { brokerageRoutes, withFields } from './compatibility/brokerage/routes.ts';
import { mcpRoutes } from './compatibility/mcp/routes.ts';
import { chatPlanRoutes } from './compatibility/plans/routes.ts';
import { projectRoutes } from './compatibility/projects/routes.ts';
import { dashboardRoutes } from './dashboard.ts';
import type { ApiDeps } from './deps.ts';
import { docsPage } from './docs-page.ts';
import { problemResponse, toResponse } from './errors.ts';
import { onlyKnownMethods } from './methods.ts';
import { createMetrics } from './metrics/index.ts';
import { openApiDocument, registerSecurity, withoutKeys } from './openapi.ts';
import { agentRoutes } from './routes/agents.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { bundleRoutes } from './routes/bundles.ts';
import { callbackRoute } from './routes/callbacks.ts';
import { cancelRoute } from './routes/cancel.ts';
import { changeRoutes } from './routes/changes.ts';
import { commandRoutes } from './routes/commands.ts';
import { deleteRoute } from './routes/delete.ts';
import { engineRoute } from './routes/engine.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { ledgerRoute } from './routes/ledger.ts';
import { listRoute } from './routes/list.ts';
import { meRoute } from './routes/me.ts';
import { messageRoutes } from './routes/messages.ts';
import { metricsRoute } from './routes/metrics.ts';
import { planRoutes } from './routes/plan.ts';
import { providersRoute } from './routes/providers.ts';
import { settingsRoutes } from './routes/settings.ts';
import { statusRoutes } from './routes/status.ts';
import { submitRoute } from './routes/submit.ts';
import { taskReadRoutes } from './routes/task-reads.ts';
import { taskRoutes } from './routes/tasks.ts';
import { usageRoute } from './routes/usage.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { commandSpans } from './spans.ts';

const CORS_HINT = '; `api.cors_origins` of the config names those that may';

/** The REST API as an app: every route, who may call it, and one form of errors. */
export function createApp(deps: ApiDeps): Api {
  const api: Api = new OpenAPIHono<{ Variables: Variables }>({ strict: false });
  api.onError((error) => toResponse(error, deps.log));
  api.notFound((c) =>
    problemResponse({
      code: 'not_found',
      message: `There is no ${c.req.method} ${c.req.path.slice(0, 200)}. /openapi.json lists every route.`,
    }),
  );
  registerSecurity(api);
  const { cors_origins } = deps.config.config.api;
  const metrics = createMetrics(deps);
  api.use(metrics.observe);
  if (deps.tracing) api.use(commandSpans(deps.tracing));
  api.use(withFields());
  api.use(securityHeaders(!deps.loopback));
  if (deps.loopback) api.use(onlyFromHere(cors_origins, CORS_HINT));
  if (cors_origins.length > 0) api.use(allowOrigins(cors_origins));
  api.use(whoCalls(deps.store, deps.key_check_ms));
  api.use(limitRequests(deps.requests));
  api.use(onlyKnownMethods(() => api.routes));

  healthRoutes(api, deps);
  metricsRoute(api, metrics);
  // literal routes before those with a job's id in their place
  submitRoute(api, deps);
  listRoute(api, deps);
  providersRoute(api, deps);
  usageRoute(api, deps);
  eventRoutes(api, deps);
  approvalRoutes(api, deps);
  callbackRoute(api, deps);
  bundleRoutes(api, deps);
  brokerageRoutes(api, deps);
  agentRoutes(api, deps);
  mcpRoutes(api, deps);
  settingsRoutes(api, deps);
  engineRoute(api, deps);
  meRoute(api);
  planRoutes(api, deps);
  commandRoutes(api, deps);
  cancelRoute(api, deps);
  taskRoutes(api, deps);
  taskReadRoutes(api, deps);
  messageRoutes(api, deps);
  webhookRoutes(api, deps);
  artifactRoutes(api, deps);
  changeRoutes(api, deps);
  ledgerRoute(api, deps);
  chatPlanRoutes(api, deps);
  projectRoutes(api, deps);
  deleteRoute(api, deps);
  statusRoutes(api, deps);
  dashboardRoutes(api);

  let document: ReturnType<typeof openApiDocument> | undefined;
  const described = () => (document ??= openApiDocument(api));
  api.get('/openapi.json', (c) => {
    checkRole(c.get('role'), neededRole('get', '/openapi.json'));
    // whoever is let in without a key needs none anywhere
    return c.json(c.get('key_id') === null ? withoutKeys(described()) : described());
  });
  api.get('/docs', (c) => {
    checkRole(c.get('role'), neededRole('get', '/docs'));
    c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
    return c.html(docsPage(described()));
  });
  return api;
}

/** What an adapter calls for requests that no route ever sees: a URL or Host header that can't be read. */
export function answerUnreadable(): Response {
  return problemResponse({
    code: 'validation',
    message: 'The request line or the Host header is not valid.',
  });
}

/** Throws when the API would be reached from other machines without asking for keys. */
export function checkExposure(host: string, loopback: boolean, anyKeys: boolean): void {
  if (loopback || anyKeys) return;
  throw new ProblemError({
    code: 'validation',
    message: `The API would listen on ${host} and let anyone in. Make a key first (orchestrator keys create --role admin), or bind to 127.0.0.1.`,
  });
}
