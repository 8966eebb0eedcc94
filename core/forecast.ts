import type { Price } from '../contracts/money.ts';
import type { Forecast, Task } from '../contracts/plan.ts';
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
 */
export function forecastPlan(
  tasks: readonly Task[],
  costs: ReadonlyMap<string, CostBounds>,
  overhead: readonly CostBounds[] = [],
): Forecast {
  const bounds = [...tasks.flatMap((task) => cappedBounds(task, costs.get(task.task_id))), ...overhead];
  return {
    cost_usd_low: roundUsd(sum(bounds.map((bound) => bound.low_usd))),
    cost_usd_high: roundUsd(sum(bounds.map((bound) => bound.high_usd))),
    seconds_critical_path: criticalPath([...tasks]).seconds,
  };
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
