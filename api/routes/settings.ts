import { ROUTING_SETTING, routingInForce } from '../../config/routing.ts';
import { Routing, RoutingSettings } from '../../contracts/routing.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';

/** `GET` and `PUT /settings/routing` */
export function settingsRoutes(api: Api, deps: ApiDeps): void {
  const { config } = deps.config;
  const inForce = async (): Promise<RoutingSettings> => {
    const settings = await routingInForce(deps.store, config);
    return { ...settings, warnings: warningsOf(settings.routing, deps) };
  };
  endpoint(
    api,
    {
      method: 'get',
      path: '/settings/routing',
      operation_id: 'readRouting',
      tag: 'Service',
      summary: 'Which models agents use if nothing else names one',
      answers: { 200: { description: 'what is in force', schema: RoutingSettings } },
    },
    async (c) => c.json(await inForce()),
  );
  endpoint(
    api,
    {
      method: 'put',
      path: '/settings/routing',
      operation_id: 'replaceRouting',
      tag: 'Service',
      summary: 'Replace the model routing as a whole, from the next call on; it overrides the file',
      body: Routing,
      body_limit: config.limits.body_bytes,
      answers: { 200: { description: 'what is in force now', schema: RoutingSettings } },
    },
    async (c, { body }) => {
      const updated_by = c.get('actor');
      await deps.store.putSetting({ name: ROUTING_SETTING, value: JSON.stringify(body), updated_by });
      return c.json(await inForce());
    },
  );
}

/** Models of providers that are not set up, by the field that names them. */
function warningsOf(routing: Routing, { providers }: ApiDeps): string[] {
  const { agent_models, specialty_models, boss_model, worker_model, fallback, cheap_model } = routing;
  const named = [
    ...Object.entries(agent_models).map(([name, model]) => [`agent_models.${name}`, model] as const),
    ...Object.entries(specialty_models).map(([name, model]) => [`specialty_models.${name}`, model] as const),
    ...Object.entries({ boss_model, worker_model, fallback, cheap_model }),
  ];
  return named.flatMap(([field, routed]) => {
    const configured = routed && providers[routed.provider].configured();
    return configured && !configured.ok ? [`${field}: ${configured.reason}`] : [];
  });
}
