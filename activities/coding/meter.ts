import type { Price, Usage } from '../../contracts/money.ts';
import { callCostUsd, roundUsd, worstCaseUsd } from '../../core/money/cost.ts';
import type { Heard } from './drivers/driver.ts';

/** What tools may add to a conversation between two answers, in tokens: a long file or the output of a command. */
const GROWTH_TOKENS = 12_000;

/** Prices of the models that an assistant asks. */
export type PriceOf = (model: string | null) => Price | null;

/** Counts what a start of an assistant uses. */
export interface Meter {
  hear(heard: Heard): void;
  /** of all models together */
  usage(): Usage;
  cost_usd(): number;
  /** of the conversation with its last answer, in tokens; null: it has not answered */
  context_tokens(): number | null;
  /** what its next answer may cost, in USD: the conversation as it is, what its tools may add, the longest answer */
  next_usd(max_output_tokens: number): number;
  /** it is told to end, and asks its model nothing more: not about what tools answer that end with it, either */
  stops(): void;
  /** takes a call into account that was under way when it was ended, as far as that can be told; none is before it has begun its conversation */
  cutOff(): void;
  /** what it can have used where nobody saw its end: one more call was under way */
  unseen(): { usage: Usage; cost_usd: number };
}

const NOTHING: Usage = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 };

/** @param prompt_tokens what its first call asks, about */
export function createMeter(priceOf: PriceOf, prompt_tokens = 0): Meter {
  /** of calls that are long over, and of those that only the sums know of, by model */
  const sums = new Map<string | null, Usage>();
  /** the latest calls: agents that it starts itself ask at the same time */
  const calls = new Map<string, Call>();
  let last: Call | null = null;
  let waits = false;
  let stopping = false;

  const addTo = (models: Map<string | null, Usage>, { model, usage }: Call) =>
    models.set(model, sum(models.get(model) ?? NOTHING, usage));
  const fold = (keep: number) => {
    for (const [id, call] of calls) {
      if (calls.size <= keep) return;
      calls.delete(id);
      addTo(sums, call);
    }
  };
  /** the conversation is asked once more */
  const nextCall = (): Call => ({
    model: last?.model ?? null,
    usage: { ...(last?.usage ?? { ...NOTHING, input_tokens: prompt_tokens }), output_tokens: 0 },
  });
  const costOf = (used: Sums) =>
    roundUsd(
      used.reduce((usd, [model, usage]) => {
        const price = priceOf(model);
        return usd + (price ? callCostUsd(usage, price) : 0);
      }, 0),
    );
  const all = (): Sums => {
    const models = new Map(sums);
    for (const call of calls.values()) addTo(models, call);
    return [...models];
  };
  return {
    hear(heard) {
      if (heard.type === 'usage') {
        last = { model: heard.model, usage: heard.usage };
        calls.set(heard.call, last);
        fold(LATEST_CALLS);
        waits = false;
      }
      if (heard.type === 'session') waits = true;
      // its model is asked again once its tools have answered
      if (heard.type === 'tool_result' && !stopping) waits = true;
      if (heard.type === 'end') waits = false;
      if (heard.type !== 'total') return;
      fold(0);
      for (const { model, usage } of heard.models) sums.set(model, most(sums.get(model) ?? NOTHING, usage));
    },
    usage: () => total(all()),
    cost_usd: () => costOf(all()),
    context_tokens: () => (last ? contextOf(last.usage) : null),
    next_usd(max_output_tokens) {
      const price = priceOf(last?.model ?? null);
      if (!price || !last) return 0;
      return worstCaseUsd(contextOf(last.usage) + GROWTH_TOKENS, max_output_tokens, price);
    },
    stops() {
      stopping = true;
    },
    cutOff() {
      if (waits) addTo(sums, nextCall());
      waits = false;
    },
    unseen() {
      const { model, usage } = nextCall();
      const used: Sums = [...all(), [model, usage]];
      return { usage: total(used), cost_usd: costOf(used) };
    },
  };
}

type Sums = [string | null, Usage][];

interface Call {
  model: string | null;
  usage: Usage;
}

/** So many may still be said to have used more. */
const LATEST_CALLS = 100;

const contextOf = (usage: Usage): number =>
  usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens + usage.output_tokens;

const total = (used: Sums): Usage => used.reduce((usage, [, more]) => sum(usage, more), NOTHING);

const sum = (a: Usage, b: Usage): Usage => merge(a, b, (x, y) => x + y);
const most = (a: Usage, b: Usage): Usage => merge(a, b, Math.max);

const merge = (a: Usage, b: Usage, of: (x: number, y: number) => number): Usage => ({
  input_tokens: of(a.input_tokens, b.input_tokens),
  output_tokens: of(a.output_tokens, b.output_tokens),
  cache_read_tokens: of(a.cache_read_tokens, b.cache_read_tokens),
  cache_write_tokens: of(a.cache_write_tokens, b.cache_write_tokens),
});
