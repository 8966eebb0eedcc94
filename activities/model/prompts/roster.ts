import type { Config, RosterAgent } from '../../../contracts/config.ts';
import { BOSS_AGENT } from '../../../contracts/names.ts';
import type { JobSpec } from '../../../contracts/spec.ts';
import { isAttended } from '../../../core/state/job-state.ts';

/** The agent that plans and sums up; no task is given to it. */
export const PLANNER_AGENT = 'planner';

/**
 * Agents that a model may plan with: not the one that leads. `command` only where the config lets models plan commands, and never for
 * a job that approves itself or may run none; `human` only where somebody looks after the job.
 */
export function plannableAgents(
  roster: readonly RosterAgent[],
  config: Pick<Config, 'commands' | 'planner_commands'>,
  spec: Pick<JobSpec, 'approval' | 'attended' | 'no_commands'>,
): RosterAgent[] {
  const commands =
    config.commands === 'on' &&
    config.planner_commands === 'allow' &&
    spec.approval !== 'auto' &&
    !spec.no_commands;
  return roster.filter((agent) => {
    if (agent.kind === 'command') return commands;
    if (agent.kind === 'coding') return config.commands === 'on' && !spec.no_commands;
    if (agent.kind === 'human') return isAttended(spec);
    return agent.name !== PLANNER_AGENT && agent.name !== BOSS_AGENT;
  });
}

/** One line an agent: name, what it does, its capability tags. */
export function describeAgents(agents: readonly RosterAgent[]): string[] {
  return agents.map(({ name, description, capabilities }) => {
    const tags = capabilities.length > 0 ? ` Capabilities: ${capabilities.join(', ')}.` : '';
    return `- \`${name}\`: ${description}${tags}`;
  });
}
