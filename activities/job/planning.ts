import { missingAssistant } from '../../config/assistants.ts';
import { snapshotOf } from '../../config/roster/snapshot.ts';
import { routingInForce } from '../../config/routing.ts';
import type { AgentSummary, RosterSnapshot } from '../../contracts/agent.ts';
import { Task } from '../../contracts/plan.ts';
import { withJobAgents } from '../../core/agents/job-agents.ts';
import { forecastBasis, forecastPlan } from '../../core/plan/forecast.ts';
import { planByRules } from '../../core/plan/rules-planner.ts';
import type { ActivityDeps } from '../deps.ts';
import {
  chooseModel,
  type DefaultModel,
  defaultModel,
  notSetUp,
  routedPreference,
} from '../model/choose-model.ts';
import type { Activities, SnapshotInput } from '../types.ts';
import { costsOf, TYPICAL_INPUT_TOKENS } from './task-costs.ts';

type PlanningActivities = Pick<Activities, 'snapshotRoster' | 'planByRules'>;

/** What plans are made and checked with: the roster, the rules, the prices of now. */
export function createPlanningActivities(deps: ActivityDeps): PlanningActivities {
  return {
    async snapshotRoster(input) {
      const { sha256 } = await deps.store.putContent({
        job_id: input.job_id,
        source: JSON.stringify(input.brief),
      });
      const otherwise = defaultModel(deps.providers);
      const registered = await deps.store.listAgents(input.owner);
      const planner_model = await plannerModel(deps, input, otherwise);
      const installed = snapshotOf(deps.config, deps.roster, planner_model, registered);
      const snapshot = withJobAgents(installed, input.agents ?? []);
      const agents = await Promise.all(
        snapshot.agents.map(async (agent) => ({
          ...agent,
          ...(await unavailable(deps, input, agent, otherwise)),
        })),
      );
      const { costs, unpriced, models } = await costsOf(deps, input, agents, otherwise);
      const basis = forecastBasis(models, TYPICAL_INPUT_TOKENS);
      const forecast = input.tasks && forecastPlan(input.tasks, costs, [], basis);
      return { snapshot: { ...snapshot, agents }, brief_ref: sha256, forecast, unpriced };
    },
    planByRules: async (input) => planByRules(input),
  };
}

/** Who plans, synthesizes and verifies; null when the provider that would do it is not set up. */
async function plannerModel(
  deps: ActivityDeps,
  input: SnapshotInput,
  otherwise: DefaultModel,
): Promise<RosterSnapshot['planner_model']> {
  const planner = deps.roster.find(({ name }) => name === 'planner')?.llm;
  const job = { provider: input.provider, model: input.model };
  const { routing } = await routingInForce(deps.store, deps.config);
  const routed = routedPreference(routing, { name: 'planner', llm: planner }, null);
  const chosen = await chooseModel([planner ?? {}, job, routed], deps.config.models.planner, otherwise);
  const model = chosen.model ?? deps.providers[chosen.provider].default_model;
  return notSetUp(chosen, deps.providers) === null && model ? { provider: chosen.provider, model } : null;
}

/** Why the agent can't work, or its model calls can't be made, whatever model a task names; nothing where they can. */
export async function unavailable(
  deps: ActivityDeps,
  { provider, model }: Pick<SnapshotInput, 'provider' | 'model'>,
  agent: Pick<AgentSummary, 'name' | 'kind' | 'provider' | 'model' | 'specialty'>,
  otherwise: DefaultModel,
): Promise<Pick<AgentSummary, 'unavailable'>> {
  if (agent.kind === 'coding') {
    const coding = deps.roster.find(({ name }) => name === agent.name)?.coding;
    const missing = coding ? missingAssistant(coding, deps.environment) : null;
    return missing === null ? {} : { unavailable: missing };
  }
  if (agent.kind !== 'llm') return {};
  const { routing } = await routingInForce(deps.store, deps.config);
  const llm =
    agent.specialty === undefined ? deps.roster.find(({ name }) => name === agent.name)?.llm : agent;
  const preferences = [
    agent,
    { provider, model },
    routedPreference(routing, { name: agent.name, llm }, ANY_TASK),
  ];
  const chosen = await chooseModel(preferences, deps.config.models.planner, otherwise);
  const reason = notSetUp(chosen, deps.providers);
  return reason === null ? {} : { unavailable: reason };
}

/** A task of which nothing is known: not a simple one. */
const ANY_TASK = Task.parse({ task_id: 'any', title: 'any', risk: 'critical' });
