import { z } from 'zod';
import { ProviderName } from '../../contracts/spec.ts';
import { providerInfos } from '../../providers/registry.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, endpoint } from '../endpoint.ts';

const ProviderList = z
  .object({
    providers: z.array(
      z.object({
        provider: ProviderName,
        default_model: z.string().nullable(),
        env_key: z.string().nullable().describe('the environment variable of its key'),
        base_url: z.string().nullable(),
        configured: z.boolean(),
        reachable: z.boolean(),
        models: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'ProviderList' });

/** `GET /orchestrate/providers` */
export function providersRoute(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/providers',
      operation_id: 'listProviders',
      tag: 'Service',
      summary: 'Providers of models: what is set up, and what answers',
      answers: { 200: { description: 'the providers', schema: ProviderList } },
    },
    async (c) => c.json({ providers: await providerInfos(deps.providers) }),
  );
}
