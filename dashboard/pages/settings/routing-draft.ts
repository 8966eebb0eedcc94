import type { Schemas } from '../../../client/client.ts';

type Routing = Schemas['Routing'];
type RoutedModel = Schemas['RoutedModel'];

/** A model as it is being written; nothing in both: not set. */
export interface ModelDraft {
  provider: string;
  model: string;
}

/** A model for an agent or a specialty of that name. */
export interface NamedDraft extends ModelDraft {
  /** tells rows apart while their names change */
  key: number;
  name: string;
}

/** The fields of a routing that hold one model, in the order in which they are shown. */
export const SINGLE = ['boss_model', 'worker_model', 'fallback', 'cheap_model'] as const;
/** Those that hold one by name. */
export const NAMED = ['specialty_models', 'agent_models'] as const;

/** A routing as it is being written. */
export type RoutingDraft = { auto_tier: boolean } & Record<(typeof SINGLE)[number], ModelDraft> &
  Record<(typeof NAMED)[number], NamedDraft[]>;

/** One mistake: the field, as the service calls it, and what is wrong with it. */
export interface Mistake {
  path: string;
  issue: string;
}

/** What is in force, to be written on. */
export function draftOf(routing: Routing): RoutingDraft {
  const single = (model?: RoutedModel): ModelDraft => ({
    provider: model?.provider ?? '',
    model: model?.model ?? '',
  });
  const named = (models: Record<string, RoutedModel> = {}): NamedDraft[] =>
    Object.entries(models).map(([name, model], key) => ({ key, name, ...single(model) }));
  const { boss_model, worker_model, fallback, cheap_model } = routing;
  return {
    boss_model: single(boss_model),
    worker_model: single(worker_model),
    fallback: single(fallback),
    cheap_model: single(cheap_model),
    specialty_models: named(routing.specialty_models),
    agent_models: named(routing.agent_models),
    auto_tier: routing.auto_tier ?? false,
  };
}

/** What is sent: without what is not set. Whether it is right is for the service to say. */
export function toRouting(draft: RoutingDraft): Routing {
  const single = SINGLE.filter((field) => isSet(draft[field])).map((field) => [field, toModel(draft[field])]);
  const named = NAMED.map((field) => [
    field,
    Object.fromEntries(rowsOf(draft, field).map((row) => [row.name.trim(), toModel(row)])),
  ]);
  return Object.fromEntries([...single, ...named, ['auto_tier', draft.auto_tier]]) as Routing;
}

/** What can't even be sent: two rows of one name would become one. */
export function mistakesOf(draft: RoutingDraft): Mistake[] {
  return NAMED.flatMap((field) => {
    const names = rowsOf(draft, field).map(({ name }) => name.trim());
    const twice = names.filter((name, index) => name !== '' && names.indexOf(name) < index);
    return [
      ...twice.map((name) => ({ path: `${field}.${name}`, issue: 'is listed twice' })),
      ...(names.includes('') ? [{ path: `${field}.`, issue: 'needs a name' }] : []),
    ];
  });
}

/** Rows in which somebody wrote something. */
const rowsOf = (draft: RoutingDraft, field: (typeof NAMED)[number]): NamedDraft[] =>
  draft[field].filter((row) => row.name.trim() !== '' || isSet(row));

const isSet = ({ provider, model }: ModelDraft): boolean => provider !== '' || model.trim() !== '';

const toModel = ({ provider, model }: ModelDraft) => ({
  ...(provider === '' ? {} : { provider }),
  model: model.trim(),
});
