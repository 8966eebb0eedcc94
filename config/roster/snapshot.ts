import type { AgentSummary, RosterSnapshot } from '../../contracts/agent.ts';
import type { Config, RosterAgent } from '../../contracts/config.ts';
import type { RegisteredAgent } from '../../contracts/registry.ts';
import { summaryOf } from '../../core/agents/registered.ts';

/**
 * What planning and validation may know of an installation: no prompts, addresses or headers.
 * @param planner_model provider and model that plans, synthesizes and verifies; null without any
 * @param registered agents that registered themselves; a name of the roster stays the roster's
 */
export function snapshotOf(
  config: Config,
  roster: readonly RosterAgent[],
  planner_model: RosterSnapshot['planner_model'],
  registered: readonly RegisteredAgent[] = [],
): RosterSnapshot {
  const taken = new Set(roster.map(({ name }) => name));
  return {
    agents: [
      ...roster.map(({ name, kind, description, capabilities, llm, coding }) => {
        const { specialty, sla_seconds, max_concurrency, provider, model } = llm ?? coding ?? {};
        return {
          name,
          kind,
          description,
          capabilities,
          provider: provider ?? null,
          model: model ?? null,
          ...(llm ? { tools: llm.tools } : {}),
          ...(specialty === undefined ? {} : { specialty }),
          ...(sla_seconds === undefined ? {} : { sla_seconds }),
          ...(max_concurrency === undefined ? {} : { max_concurrency }),
        };
      }),
      ...registered
        .filter(({ agent_id }) => !taken.has(agent_id))
        .map((agent) => withoutState(summaryOf(agent))),
    ],
    commands: commandRule(config),
    command_allowlist: config.command_allowlist,
    command_env_allowlist: config.command_env_allowlist,
    planner_commands: config.planner_commands === 'allow',
    limits: {
      max_tasks: config.limits.max_tasks,
      max_workers: config.limits.max_workers,
      max_depth: config.limits.max_depth,
      max_agents: config.limits.max_agents,
    },
    planner_model,
  };
}

/** An agent's state changes from one moment to the next; a snapshot is kept for longer. */
function withoutState(summary: ReturnType<typeof summaryOf>): AgentSummary {
  const { health: _, load: __, max_concurrency: ___, sla_seconds: ____, ...rest } = summary;
  return rest;
}

/** Whether tasks may run commands: all, those of the list, or none. */
export function commandRule(
  config: Pick<Config, 'commands' | 'command_allowlist'>,
): RosterSnapshot['commands'] {
  if (config.commands === 'off') return 'off';
  return config.command_allowlist.length > 0 ? 'allowlist' : 'on';
}
