import type { z } from 'zod';
import type { FieldIssue } from '../../contracts/error.ts';
import { EVERYBODY, OPERATOR } from '../../contracts/message.ts';
import { BOSS_AGENT } from '../../contracts/names.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import type { Submission } from '../../contracts/submission.ts';
import { repositorySpecOf } from './repository.ts';

/** Budget of a job that says nothing about money, in USD. */
const DEFAULT_BUDGET_USD = 10;

/**
 * Settles the aliases and defaults of a submission: `max_budget_usd` is `budget_usd`, `llm_config` is `provider`
 * and `model`, `auto_approve: true` is `approval: auto`. Two names for one thing that say different things are
 * issues, by field; then the spec is not to be used.
 */
export function toJobSpec(given: z.output<typeof Submission>): { spec: JobSpec; issues: FieldIssue[] } {
  const issues: FieldIssue[] = [];
  const settle = <T>(
    name: string,
    value: T | undefined,
    alias: string,
    other: T | undefined,
  ): T | undefined => {
    if (value !== undefined && other !== undefined && value !== other) {
      issues.push({ path: alias, issue: `contradicts ${name}; give one of the two` });
    }
    return value ?? other;
  };
  // null is a value here (no cap), so `??` must not skip it
  const budgets = [given.budget_usd, given.max_budget_usd].filter((value) => value !== undefined);
  settle('budget_usd', budgets[0], 'max_budget_usd', budgets[1]);
  const automatic = given.auto_approve === undefined ? undefined : given.auto_approve ? 'auto' : 'required';
  if (automatic === 'auto' || given.approval === 'auto') {
    settle('approval', given.approval, 'auto_approve', automatic);
  }
  const spec: JobSpec = {
    title: given.title,
    description: given.description,
    constraints: given.constraints,
    acceptance_criteria: given.acceptance_criteria,
    max_workers: given.max_workers,
    budget_usd: budgets.length === 0 ? DEFAULT_BUDGET_USD : (budgets[0] ?? null),
    provider: settle('provider', given.provider, 'llm_config.provider', given.llm_config?.provider) ?? null,
    model: settle('model', given.model, 'llm_config.model', given.llm_config?.model) ?? null,
    plan: given.plan ?? null,
    approval: given.approval ?? automatic ?? 'required',
    max_repair_rounds: given.max_repair_rounds,
    on_task_failure: given.on_task_failure,
    priority: given.priority,
    ...leadOf(given, issues),
    ...repositorySpecOf(given, issues),
    ...(given.context === undefined ? {} : { context: given.context }),
    ...(given.webhook === undefined
      ? {}
      : { webhook: typeof given.webhook === 'string' ? { url: given.webhook } : given.webhook }),
  };
  return { spec, issues };
}

/** Who leads, and the agents of the job; what contradicts itself there is an issue. */
function leadOf(
  { strategy, boss_agent, agents, plan }: z.output<typeof Submission>,
  issues: FieldIssue[],
): Pick<JobSpec, 'strategy' | 'boss_agent' | 'agents'> {
  const own = agents.length > 0 ? { agents } : {};
  const bosses = agents.filter(({ role }) => role === 'boss');
  agents.forEach(({ agent_id, role }, index) => {
    const path = `agents.${index}`;
    if (agents.findIndex((other) => other.agent_id === agent_id) < index) {
      issues.push({ path: `${path}.agent_id`, issue: `'${agent_id}' is listed twice` });
    }
    if (NOT_AGENTS.includes(agent_id)) {
      issues.push({
        path: `${path}.agent_id`,
        issue: `'${agent_id}' has another meaning here; choose another name`,
      });
    }
    if (role !== 'boss') return;
    if (strategy !== 'boss') issues.push({ path: `${path}.role`, issue: 'boss goes with strategy: boss' });
    else if (bosses[0]?.agent_id !== agent_id)
      issues.push({ path: `${path}.role`, issue: 'a job has one boss' });
  });
  if (strategy !== 'boss') {
    if (boss_agent) issues.push({ path: 'boss_agent', issue: 'goes with strategy: boss' });
    return own;
  }
  if (plan) issues.push({ path: 'plan', issue: 'a boss delegates as it goes; leave the plan out' });
  const named = bosses[0]?.agent_id;
  if (boss_agent && named && boss_agent !== named) {
    issues.push({ path: 'boss_agent', issue: `contradicts agents, where '${named}' is the boss` });
  }
  const ofName = agents.find(({ agent_id }) => agent_id === boss_agent);
  if (ofName && ofName.role !== 'boss') {
    issues.push({ path: 'boss_agent', issue: `'${boss_agent}' is a worker in agents` });
  }
  return { strategy, boss_agent: boss_agent ?? named ?? BOSS_AGENT, ...own };
}

/** Addresses of messages that are no agent's name. */
const NOT_AGENTS: readonly string[] = [EVERYBODY, OPERATOR, 'human', 'command'];
