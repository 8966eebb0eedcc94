import { type FieldIssue, ProblemError } from '../../contracts/error.ts';
import type { OwnAgent } from '../../contracts/job-agent.ts';
import { PROVIDER_NAMES, PROVIDERS } from '../../contracts/providers.ts';
import type { JobSpec, ProviderName } from '../../contracts/spec.ts';
import { parseModel } from '../../core/agents/job-agents.ts';
import { priceOf } from '../../core/money/prices.ts';
import { tablePrice } from '../../providers/price-table.ts';
import type { ApiDeps } from '../deps.ts';

/**
 * The spec with the models of its agents settled: one that only another provider than the job's is known to have is
 * asked of that one. Throws `validation` for models without a known price in a job with a budget, which would use none
 * of them.
 */
export function withAgentModels(deps: ApiDeps, spec: JobSpec): JobSpec {
  if (!spec.agents?.some(({ model }) => model)) return spec;
  const fields: FieldIssue[] = [];
  const agents = spec.agents.map((agent, index) => {
    if (agent.model === undefined) return agent;
    const { providers, issue } = lookUp(deps, spec, agent.model);
    if (issue) fields.push({ path: `agents.${index}.model`, issue });
    return { ...agent, model: inFull(agent.model, spec, providers) };
  });
  if (fields.length === 0) return { ...spec, agents };
  const message = 'The models of some agents are not known; nothing was started.';
  throw new ProblemError({ code: 'validation', message, fields });
}

/** Why the calls of some agents of a job cannot be made as things stand. */
export const agentWarnings = (deps: ApiDeps, agents: readonly OwnAgent[]): string[] =>
  agents.flatMap(({ agent_id, model }) => {
    const { provider } = parseModel(model ?? '');
    const configured = provider === null ? null : deps.providers[provider].configured();
    return configured === null || configured.ok
      ? []
      : [`Tasks of ${agent_id} will be blocked: ${configured.reason}`];
  });

/** The providers that are known to have a model, those that are set up first. */
function lookUp(
  { config: { config }, providers }: ApiDeps,
  spec: JobSpec,
  name: string,
): { providers: ProviderName[]; issue?: string } {
  const { provider, model } = parseModel(name);
  const isKnown = (of: ProviderName) =>
    priceOf({ provider: of, model, input_tokens: 0 }, config.prices, tablePrice) !== null;
  const asked = provider === null ? PROVIDER_NAMES.filter((of) => !PROVIDERS[of].free) : [provider];
  const known = asked.filter(isKnown).sort((a, b) => ready(b) - ready(a));
  // who bills nothing has any model
  const meant = provider ?? spec.provider;
  const free = meant !== null && PROVIDERS[meant].free;
  if (known.length > 0 || free || spec.budget_usd === null) return { providers: known };
  return {
    providers: [],
    issue: `the price of the model '${model}' is not known, and a job with a budget can't use it; check its name, give its price under \`prices:\` in orchestrator.yaml, or submit without a budget (budget_usd: null)`,
  };

  function ready(of: ProviderName): number {
    return providers[of].configured().ok ? 1 : 0;
  }
}

function inFull(name: string, { provider }: JobSpec, known: readonly ProviderName[]): string {
  const [first] = known;
  const isSettled = parseModel(name).provider !== null || first === undefined;
  return isSettled || (provider !== null && known.includes(provider)) ? name : `${first}/${name}`;
}
