import type { RosterSnapshot } from '../contracts/agent.ts';
import type { Config, RosterAgent } from '../contracts/config.ts';

/**
 * What planning and validation may know of an installation: no prompts, addresses or headers.
 * @param planner_model provider and model that plans, synthesizes and verifies; null without any
 */
export function snapshotOf(
  config: Config,
  roster: readonly RosterAgent[],
  planner_model: RosterSnapshot['planner_model'],
): RosterSnapshot {
  return {
    agents: roster.map(({ name, kind, description, capabilities, llm }) => ({
      name,
      kind,
      description,
      capabilities,
      provider: llm?.provider ?? null,
      model: llm?.model ?? null,
      ...(llm?.sla_seconds === undefined ? {} : { sla_seconds: llm.sla_seconds }),
      ...(llm?.max_concurrency === undefined ? {} : { max_concurrency: llm.max_concurrency }),
    })),
    commands: commandRule(config),
    command_allowlist: config.command_allowlist,
    planner_commands: config.planner_commands === 'allow',
    limits: { max_tasks: config.limits.max_tasks, max_workers: config.limits.max_workers },
    planner_model,
  };
}

function commandRule(config: Config): RosterSnapshot['commands'] {
  if (config.commands === 'off') return 'off';
  return config.command_allowlist.length > 0 ? 'allowlist' : 'on';
}
