import type { Config } from '../../contracts/config.ts';
import type { ProviderName } from '../../contracts/spec.ts';

/** A place that may name a provider, a model, both or neither. */
export interface ModelWish {
  provider?: ProviderName | null;
  model?: string | null;
}

/** The provider of calls for which nothing names one. */
const DEFAULT_PROVIDER: ProviderName = 'anthropic';

/**
 * The provider and model of a call, from the places that may name them, the most particular first (task, agent,
 * job), then the config's planner model.
 *
 * The first place that names a provider decides on it; nothing replaces it by another. A model belongs to the
 * provider of its own place or, where that names none, of the next place that does: a job's
 * `claude-...` is not sent to the other provider that an agent names. Null: the provider's default model.
 */
export function chooseModel(
  wishes: readonly ModelWish[],
  planner: Config['models']['planner'],
): { provider: ProviderName; model: string | null } {
  const places = [...wishes, ...(planner ? [planner] : [])];
  const providerFrom = (place: number): ProviderName =>
    places.slice(place).find((wish) => wish.provider)?.provider ?? DEFAULT_PROVIDER;
  const provider = providerFrom(0);
  const model = places.find((wish, place) => wish.model && providerFrom(place) === provider)?.model;
  return { provider, model: model ?? null };
}
