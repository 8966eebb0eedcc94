import type { AgentSummary } from '../../contracts/agent.ts';
import { type Availability, type RegisteredAgent, skillsOf } from '../../contracts/registry.ts';

type Summary = Omit<AgentSummary, keyof Availability> & Availability;

/** A registered agent as planning sees it, and how it is. Its id is its name there. */
export function summaryOf(agent: RegisteredAgent): Summary {
  const { agent_id, agent_name, task_queue, capabilities, health, load, max_concurrency, sla_seconds } =
    agent;
  const does = capabilities.map(({ description }) => description).filter(Boolean);
  return {
    name: agent_id,
    kind: task_queue === null ? 'http' : 'task_queue',
    description: [agent_name, ...does].join('. '),
    capabilities: skillsOf(capabilities),
    provider: null,
    model: null,
    registered: true,
    health,
    load,
    max_concurrency,
    sla_seconds,
  };
}
