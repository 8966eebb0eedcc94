import type { Price } from '../../contracts/money.ts';
import { type Forecast, PRICE_UNKNOWN, type Task } from '../../contracts/plan.ts';
import { callCostUsd } from '../money/cost.ts';
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
  /** it is a coding assistant that asks the model, in many answers; left out: an agent of ours */
  assistant?: string;
}

/** How a forecast was made, in words: models, prices, and what was assumed where nothing is known yet. */
export function forecastBasis(models: readonly ForecastModel[], inputTokens: number): string {
  const seconds = 'seconds: the estimates of the tasks on the longest path, without waiting';
  if (models.length === 0) return `No task calls a model; ${seconds}.`;
  const each = models.map(({ provider, model, price_source, max_output_tokens, tasks, assistant }) => {
    const price = price_source === null ? `${PRICE_UNKNOWN}, left out of the cost` : `price: ${price_source}`;
    const count = tasks === 1 ? '1 task' : `${tasks} tasks`;
    return assistant === undefined
      ? `${model} (${provider}) for ${count}, ${price}, up to ${max_output_tokens} tokens an answer`
      : `${model} (${provider}) of the coding assistant ${assistant} for ${count}, ${price}`;
  });
  const assumed = [
    ...(models.some(({ assistant }) => assistant === undefined) ? [ofAgents(inputTokens)] : []),
    ...(models.some(({ assistant }) => assistant !== undefined) ? [OF_ASSISTANTS] : []),
  ];
  return `${each.join('; ')}. Assumed: ${assumed.join('; ')}. Not in it: planning, synthesis and verification; ${seconds}.`;
}

const ofAgents = (inputTokens: number): string =>
  `one call an attempt with ${inputTokens} tokens read; low: one attempt and a tenth of the longest answer, high: all attempts and the longest answer; agents that work in many turns can cost more`;

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

/** What is known of a coding assistant's work before it begins. */
export interface AssistantEstimate {
  price: Price;
  /** its own prompts and tools, and its task */
  input_tokens: number;
  /** the most answers of an attempt */
  max_turns: number;
  max_attempts: number;
}

/** How an attempt of an assistant goes: a small change, and a large one. Tokens are of each answer. */
const SMALL = { answers: 5, output_tokens: 500, result_tokens: 1000 };
const LARGE = { answers: 40, output_tokens: 1000, result_tokens: 2000 };

const OF_ASSISTANTS = `of a coding assistant, low: one attempt of ${SMALL.answers} answers, high: all attempts of ${LARGE.answers} answers, ${SMALL.output_tokens} to ${LARGE.output_tokens} tokens each, what its tools give beside, and what was read before from the cache; one that takes all of its max_turns can cost more`;

/** From one attempt at a small change to all attempts at a large one. */
export function assistantCostBounds({ max_turns, max_attempts, ...of }: AssistantEstimate): CostBounds {
  const attempt = (size: typeof SMALL) =>
    conversationUsd({ ...of, ...size, answers: Math.min(size.answers, max_turns) });
  return { low_usd: attempt(SMALL), high_usd: attempt(LARGE) * max_attempts };
}

/** Each answer reads all that was said before from the cache, and what is new for the first time. */
function conversationUsd(of: Pick<AssistantEstimate, 'price' | 'input_tokens'> & typeof SMALL): number {
  const { price, input_tokens, answers, output_tokens, result_tokens } = of;
  const growth = output_tokens + result_tokens;
  const later = answers - 1;
  const usage = {
    input_tokens: 0,
    cache_write_tokens: input_tokens + later * growth,
    cache_read_tokens: later * input_tokens + growth * ((later * (later - 1)) / 2),
    output_tokens: answers * output_tokens,
  };
  return callCostUsd(usage, { ...price, cache_write_usd: Math.max(price.input_usd, price.cache_write_usd) });
}

function cappedBounds(task: Task, bounds: CostBounds | undefined): CostBounds[] {
  if (!bounds) return [];
  const cap = task.budget_usd ?? Number.POSITIVE_INFINITY;
  return [{ low_usd: Math.min(bounds.low_usd, cap), high_usd: Math.min(bounds.high_usd, cap) }];
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** To a millionth of a dollar: below that, binary fractions show. */
const roundUsd = (usd: number): number => Math.round(usd * 1e6) / 1e6;
