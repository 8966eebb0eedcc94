import type { Price } from '../../contracts/money.ts';
import { type Forecast, PRICE_UNKNOWN, type Task } from '../../contracts/plan.ts';
import { criticalPath } from './graph.ts';

/** What one task, or a call of the job itself, may cost. */
export interface CostBounds {
  low_usd: number;
  high_usd: number;
}

/**
 * Cost and duration of a plan before it runs. A task without bounds costs nothing (a command, a person, a
 * service of one's own). A task's own `budget_usd` caps its upper bound. Seconds are those of the longest
 * path of `estimated_seconds`; waiting for people, money or a free slot is not in it.
 * @param costs bounds by task_id
 * @param overhead planning, synthesis and verification
 * @param basis how the costs were come by, see {@link forecastBasis}
 */
export function forecastPlan(
  tasks: readonly Task[],
  costs: ReadonlyMap<string, CostBounds>,
  overhead: readonly CostBounds[] = [],
  basis?: string,
): Forecast {
  const bounds = [...tasks.flatMap((task) => cappedBounds(task, costs.get(task.task_id))), ...overhead];
  return {
    cost_usd_low: roundUsd(sum(bounds.map((bound) => bound.low_usd))),
    cost_usd_high: roundUsd(sum(bounds.map((bound) => bound.high_usd))),
    seconds_critical_path: criticalPath([...tasks]).seconds,
    ...(basis === undefined ? {} : { basis }),
  };
}

/** A model that tasks of a plan call, as far as it is known before they run. */
export interface ForecastModel {
  provider: string;
  model: string;
  /** where its price is from; null: it is not known, and its tasks are not in the cost */
  price_source: string | null;
  max_output_tokens: number;
  tasks: number;
}

/** How a forecast was made, in words: models, prices, and what was assumed where nothing is known yet. */
export function forecastBasis(models: readonly ForecastModel[], inputTokens: number): string {
  const seconds = 'seconds: the estimates of the tasks on the longest path, without waiting';
  if (models.length === 0) return `No task calls a model; ${seconds}.`;
  const each = models.map(({ provider, model, price_source, max_output_tokens, tasks }) => {
    const price = price_source === null ? `${PRICE_UNKNOWN}, left out of the cost` : `price: ${price_source}`;
    const count = tasks === 1 ? '1 task' : `${tasks} tasks`;
    return `${model} (${provider}) for ${count}, ${price}, up to ${max_output_tokens} tokens an answer`;
  });
  return `${each.join('; ')}. Assumed: one call an attempt with ${inputTokens} tokens read; low: one attempt and a tenth of the longest answer, high: all attempts and the longest answer; agents that work in many turns can cost more. Not in it: planning, synthesis and verification; ${seconds}.`;
}

/** The tokens of a model call that stand before it is made. */
export interface CallEstimate {
  price: Price;
  input_tokens: number;
  /** the limit that is sent with the call */
  max_output_tokens: number;
  /** how often the call may be made */
  max_attempts: number;
}

/** How much of its output limit an answer takes when all goes well. */
const SHORT_ANSWER = 0.1;

/** From one call with a short answer to every attempt with the longest one. */
export function callCostBounds(estimate: CallEstimate): CostBounds {
  const call = (share: number) =>
    (estimate.input_tokens * estimate.price.input_usd +
      estimate.max_output_tokens * share * estimate.price.output_usd) /
    1_000_000;
  return { low_usd: call(SHORT_ANSWER), high_usd: call(1) * estimate.max_attempts };
}

function cappedBounds(task: Task, bounds: CostBounds | undefined): CostBounds[] {
  if (!bounds) return [];
  const cap = task.budget_usd ?? Number.POSITIVE_INFINITY;
  return [{ low_usd: Math.min(bounds.low_usd, cap), high_usd: Math.min(bounds.high_usd, cap) }];
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** To a millionth of a dollar: below that, binary fractions show. */
const roundUsd = (usd: number): number => Math.round(usd * 1e6) / 1e6;
