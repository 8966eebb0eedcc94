import { z } from 'zod';
import type { Config } from '../../contracts/config.ts';
import { Price } from '../../contracts/money.ts';
import { orNull } from '../../contracts/nullable.ts';
import { ProviderName } from '../../contracts/spec.ts';
import { priceOf } from '../../core/money/prices.ts';
import { contextWindow } from '../../providers/context-window.ts';
import { knownModel } from '../../providers/known-model.ts';
import { tablePrice } from '../../providers/price-table.ts';
import { providerInfos } from '../../providers/registry.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';

const ContextWindow = z
  .object({
    tokens: z.int().describe('of prompt and answer together'),
    source: z
      .enum(['config', 'price table', 'assumed'])
      .describe('assumed: this model is unknown; set `context_window` of the provider'),
  })
  .meta({ id: 'ContextWindow' });

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
        price: orNull(Price).describe(
          'of the default model, for prompts that are not long; null: not known, so no job with a budget uses it. `source` has the version of the price table',
        ),
        context_window: orNull(ContextWindow).describe('of the default model'),
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
      summary: 'Model providers: what is set up, and what answers',
      answers: { 200: { description: 'the providers', schema: ProviderList } },
    },
    async (c) => {
      const { config } = deps.config;
      const infos = await providerInfos(deps.providers);
      const providers = infos.map((info) => ({ ...info, ...factsOf(info, config) }));
      return c.json({ providers });
    },
  );
}

/** What is known of a provider's default model, and from where. */
function factsOf(
  { provider, default_model: model }: { provider: ProviderName; default_model: string | null },
  config: Config,
): { price: Price | null; context_window: z.output<typeof ContextWindow> | null } {
  if (model === null) return { price: null, context_window: null };
  const configured = provider === 'offline' ? undefined : config.providers[provider]?.context_window;
  const inTable = knownModel(provider, model)?.model.context_window !== undefined;
  const source = configured !== undefined ? 'config' : inTable ? 'price table' : 'assumed';
  return {
    price: priceOf({ provider, model, input_tokens: 0 }, config.prices, tablePrice),
    context_window: { tokens: contextWindow(provider, model, configured), source },
  };
}
