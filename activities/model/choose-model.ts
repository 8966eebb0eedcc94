import type { Config } from '../../contracts/config.ts';
import { KEY_VARIABLES } from '../../contracts/providers.ts';
import type { Routing } from '../../contracts/routing.ts';
import type { ProviderName } from '../../contracts/spec.ts';
import { type RoutedCall, routeModel } from '../../core/agents/routing.ts';
import { defaultChoice } from '../../providers/default-choice.ts';
import type { Providers } from '../../providers/registry.ts';

/** A place that may name a provider, a model, both or neither. */
export interface ModelPreference {
  provider?: ProviderName | null;
  model?: string | null;
}

/** Provider and model of a call. */
export interface ModelChoice {
  provider: ProviderName;
  /** null: the provider's default model */
  model: string | null;
  /** whether a place named the provider; otherwise it is what there was */
  named: boolean;
}

/** Tells the provider and model of calls for which nothing names a provider. */
export type DefaultModel = () => ReturnType<typeof defaultChoice>;

/**
 * The provider and model of a call, from the places that may name them, the most particular first (task, agent,
 * job, routing), then the config's model for such calls, see {@link modelOfConfig}.
 *
 * The first place that names a provider decides on it; nothing replaces it by another. A model belongs to the
 * provider of its own place or, where that names none, of the next place that does: a job's `claude-...` is not
 * sent to the other provider that an agent names. Where no place names one, `otherwise` is asked.
 */
export async function chooseModel(
  preferences: readonly ModelPreference[],
  fromConfig: ModelPreference | undefined,
  otherwise: DefaultModel,
): Promise<ModelChoice> {
  const places = [...preferences, ...(fromConfig ? [fromConfig] : [])];
  const namedFrom = (place: number) =>
    places.slice(place).find((preference) => preference.provider)?.provider;
  const named = namedFrom(0);
  const provider = named ?? (await otherwise()).provider;
  for (const [place, { model }] of places.entries()) {
    if (!model) continue;
    const own = namedFrom(place) ?? (await otherwise()).provider;
    if (own === provider) return { provider, model, named: named !== undefined };
  }
  if (named) return { provider, model: null, named: true };
  return { ...(await otherwise()), named: false };
}

/**
 * What routing says for an agent that works on a task, or with null on a call of the job itself.
 * @param role boss for an agent that leads
 */
export function routedPreference(
  routing: Routing,
  agent: { name: string; llm?: { specialty?: string | undefined } | undefined },
  task: RoutedCall['task'],
  role: 'boss' | 'worker' = 'worker',
): ModelPreference {
  const specialty = agent.llm?.specialty ?? null;
  return routeModel(routing, { agent: agent.name, specialty, role: task ? role : null, task }) ?? {};
}

/** What the config says of the model of such calls: the verifier has its own, or the planner's. */
export function modelOfConfig(models: Config['models'], purpose: string): ModelPreference | undefined {
  return purpose === 'verification' ? (models.verifier ?? models.planner) : models.planner;
}

/** What there is, found out when it is first asked for, and once. */
export function defaultModel(providers: Providers): DefaultModel {
  let found: ReturnType<DefaultModel> | undefined;
  return () => {
    found ??= defaultChoice(providers);
    return found;
  };
}

/** Why no calls can be made by this choice, and what to do; null where they can. */
export function notSetUp({ provider, named }: ModelChoice, providers: Providers): string | null {
  const configured = providers[provider].configured();
  if (configured.ok) return null;
  return named ? configured.reason : NOTHING_SET_UP;
}

const [FIRST_KEY, ...OTHER_KEYS] = KEY_VARIABLES;
const NOTHING_SET_UP = `No model provider is set up. Set ${FIRST_KEY} for the worker (or ${OTHER_KEYS.join(', ')}), or start Ollama, or name a provider that is set up; restart the worker, then retry.`;
