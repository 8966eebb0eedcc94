import { routingInForce } from '../../config/routing.ts';
import type { AgentSummary } from '../../contracts/agent.ts';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import { factsOf } from '../../contracts/coding-drivers.ts';
import type { Task } from '../../contracts/plan.ts';
import type { Routing } from '../../contracts/routing.ts';
import { jobRoster } from '../../core/agents/job-agents.ts';
import { takerOf } from '../../core/agents/match.ts';
import { priceOf } from '../../core/money/prices.ts';
import {
  assistantCostBounds,
  type CostBounds,
  callCostBounds,
  type ForecastModel,
} from '../../core/plan/forecast.ts';
import { assistantPrice, OWN_TOKENS } from '../coding/price.ts';
import type { ActivityDeps } from '../deps.ts';
import type { LlmAgent } from '../model/build-prompt.ts';
import { chooseModel, type DefaultModel, routedPreference } from '../model/choose-model.ts';
import type { SnapshotInput, SnapshotResult } from '../types.ts';

/** Tokens of a prompt of ordinary length, for a forecast only. */
export const TYPICAL_INPUT_TOKENS = 4000;

/** What the tasks that call models may cost, and those whose price is not known. */
export async function costsOf(
  deps: ActivityDeps,
  input: SnapshotInput,
  agents: AgentSummary[],
  otherwise: DefaultModel,
): Promise<{
  costs: Map<string, CostBounds>;
  unpriced: SnapshotResult['unpriced'];
  models: ForecastModel[];
}> {
  const models = new Map<string, ForecastModel>();
  const costs = new Map<string, CostBounds>();
  const unpriced: SnapshotResult['unpriced'] = [];
  const { routing } = await routingInForce(deps.store, deps.config);
  const roster = jobRoster(deps.roster, input.agents ?? []);
  for (const task of input.tasks ?? []) {
    const taker = takerOf(task, agents);
    const agent = roster.find(({ name }) => name === taker?.name);
    const cost = agent?.coding
      ? assistantCost(deps, task, agent.coding)
      : agent?.llm && (await callCost(deps, input, task, { ...agent, llm: agent.llm }, routing, otherwise));
    if (!cost) continue;
    const key = JSON.stringify(cost.about);
    models.set(key, { ...cost.about, tasks: (models.get(key)?.tasks ?? 0) + 1 });
    if (cost.bounds) costs.set(task.task_id, cost.bounds);
    else if (cost.needs_price) unpriced.push({ task_id: task.task_id, model: cost.about.model });
  }
  return { costs, unpriced, models: [...models.values()] };
}

/** What a task may cost by its model. */
interface TaskCost {
  about: Omit<ForecastModel, 'tasks'>;
  /** null: the price is not known */
  bounds: CostBounds | null;
  /** with one it could work within a budget */
  needs_price: boolean;
}

/** Of an agent of ours; null: nothing names a model. */
async function callCost(
  deps: ActivityDeps,
  input: SnapshotInput,
  task: Task,
  agent: LlmAgent,
  routing: Routing,
  otherwise: DefaultModel,
): Promise<TaskCost | null> {
  const job = { provider: input.provider, model: input.model };
  const preferences = [{ model: task.model }, agent.llm, job, routedPreference(routing, agent, task)];
  const chosen = await chooseModel(preferences, deps.config.models.planner, otherwise);
  const { provider } = chosen;
  const model = chosen.model ?? deps.providers[provider].default_model;
  if (!model) return null;
  const query = { provider, model, input_tokens: TYPICAL_INPUT_TOKENS };
  const price = priceOf(query, deps.config.prices, deps.price_table);
  const max_output_tokens = agent.llm.max_output_tokens ?? deps.config.models.max_output_tokens;
  const { max_attempts } = task;
  const estimate = { input_tokens: TYPICAL_INPUT_TOKENS, max_output_tokens, max_attempts };
  return {
    about: { provider, model, price_source: price?.source ?? null, max_output_tokens },
    bounds: price && callCostBounds({ price, ...estimate }),
    needs_price: true,
  };
}

/** Of a coding assistant. */
function assistantCost(deps: ActivityDeps, task: Task, coding: CodingAgentSettings): TaskCost {
  const { driver, max_output_tokens, max_turns } = coding;
  const { provider, counts } = factsOf(coding);
  const named = task.model ?? coding.model ?? null;
  const price = assistantPrice(deps, coding, named);
  const { max_attempts } = task;
  const input_tokens = OWN_TOKENS + TYPICAL_INPUT_TOKENS;
  return {
    about: {
      ...{ provider, model: named ?? `(${driver}'s own)`, price_source: price?.source ?? null },
      ...{ max_output_tokens, assistant: driver },
    },
    bounds: price && assistantCostBounds({ price, input_tokens, max_turns, max_attempts }),
    needs_price: counts,
  };
}
