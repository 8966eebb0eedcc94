import { z } from 'zod';
import { ProviderName } from './spec.ts';

/** A model that calls are sent to, of any provider that is set up. */
export const RoutedModel = z
  .strictObject({ provider: ProviderName, model: z.string().trim().min(1).max(200) })
  .meta({ id: 'RoutedModel' });
export type RoutedModel = z.infer<typeof RoutedModel>;

const byName = z.record(z.string().min(1).max(64), RoutedModel).default({});

/** Which models agents use if nothing else names one, from `routing:` of orchestrator.yaml or the settings. */
export const Routing = z
  .strictObject({
    agent_models: byName.describe('by the name of an agent; goes first'),
    specialty_models: byName.describe('by the specialty of an agent, such as coder'),
    boss_model: RoutedModel.optional().describe('of agents that lead'),
    worker_model: RoutedModel.optional().describe('of all other agents'),
    fallback: RoutedModel.optional().describe('used if none of the above applies'),
    auto_tier: z
      .boolean()
      .default(false)
      .describe('simple tasks go to cheap_model, unless their agent or its specialty has a model of its own'),
    cheap_model: RoutedModel.optional(),
  })
  .superRefine(({ auto_tier, cheap_model }, context) => {
    if (!auto_tier || cheap_model) return;
    context.addIssue({ code: 'custom', path: ['cheap_model'], message: 'is required with auto_tier' });
  })
  .meta({ id: 'Routing' });
export type Routing = z.infer<typeof Routing>;

/** Answer of `GET` and `PUT /settings/routing`. */
export const RoutingSettings = z
  .object({
    routing: Routing,
    source: z.enum(['config', 'settings']).describe('config: orchestrator.yaml; settings: what was PUT here'),
    updated_at: z.string().nullable(),
    updated_by: z.string().nullable(),
    warnings: z.array(z.string()).describe('models that cannot be used at present'),
  })
  .meta({ id: 'RoutingSettings' });
export type RoutingSettings = z.infer<typeof RoutingSettings>;
