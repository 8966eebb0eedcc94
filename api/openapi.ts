import type { Api } from './endpoint.ts';

/** Serves the OpenAPI document of all routes of `api` at `/openapi.json`, and a page of it at `/docs`. */
export function openApiDocument(api: Api): ReturnType<Api['getOpenAPI31Document']> {
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Orchestrator',
      version: '1',
      description:
        'Submit a spec, get a plan, approve it, and watch agents carry it out. Times are ISO-8601 UTC, durations are in seconds, money is in USD. Errors are `{"error": {"code", "message", "fields"}}`.',
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
  });
}

/** Says how keys are sent; a server without keys ignores them. */
export function registerSecurity(api: Api): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description:
      'a key made by `orchestrator keys create`; needed once there is one. Its role (viewer, operator, admin) says what it may do, its owner whose jobs it sees; an admin sees all',
  });
}
