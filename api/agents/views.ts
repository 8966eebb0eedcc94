import { findAssistant, missingAssistant, versionOf } from '../../config/assistants.ts';
import type { CodingAgentSettings } from '../../contracts/coding.ts';
import type { Config, RosterAgent } from '../../contracts/config.ts';
import { type AgentView, type RegisteredAgent, skillsOf } from '../../contracts/registry.ts';
import { summaryOf } from '../../core/agents/registered.ts';
import { defaultChoice } from '../../providers/default-choice.ts';
import type { Providers } from '../../providers/registry.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { within } from '../within.ts';

/**
 * Every agent that jobs of an owner, or null: of anybody, can have: the roster and those that registered, as they are now.
 * @param at_work what agents of the roster work on, by name
 */
export async function listAgents(
  { store, config, providers }: ApiDeps,
  sees: Sees,
  at_work: ReadonlyMap<string, readonly unknown[]> = new Map(),
): Promise<AgentView[]> {
  const anyModel = await hasModel(providers);
  const roster = await Promise.all(
    config.roster.map(async (agent) => ({
      ...rosterView(agent, config.config, providers, anyModel),
      ...(agent.coding ? { assistant: await assistantView(agent.coding) } : {}),
      load: at_work.get(agent.name)?.length ?? 0,
    })),
  );
  return [...roster, ...(await store.listAgents(sees)).map(registeredView)];
}

/** Whoever asks waits no longer for a program to say its version, in milliseconds. */
const VERSION_MS = 2000;

/** What there is of a coding assistant where the API runs. */
async function assistantView(coding: CodingAgentSettings): Promise<AgentView['assistant']> {
  const { driver, billing, permissions } = coding;
  const { path, access } = findAssistant(coding, process.env);
  const version = path === null ? null : await within(VERSION_MS, versionOf(path));
  return { driver, path, version, access, billing, permissions };
}

/** A registered agent as everybody sees it. */
export function registeredView(agent: RegisteredAgent): AgentView {
  const { kind, description, capabilities: skills } = summaryOf(agent);
  const { agent_id, agent_name, owner, domain, capabilities, health, load, max_concurrency, sla_seconds } =
    agent;
  return {
    ...{ agent_id, name: agent_name, kind, description, domain, skills, capabilities },
    ...{ owner, health, load, max_concurrency, sla_seconds },
    registered: true,
    last_heartbeat_at: agent.heartbeat_at,
  };
}

function rosterView(
  agent: RosterAgent,
  config: Config,
  providers: Providers,
  anyModel: boolean,
): Omit<AgentView, 'load'> {
  const { name, kind, description, llm, coding } = agent;
  const capabilities = agent.capabilities.map((tag) => ({
    ...{ name: tag, description: '', parameters: {}, cost_estimate: null, tags: [] },
  }));
  return {
    ...{
      agent_id: name,
      name,
      kind,
      description,
      domain: null,
      skills: skillsOf(capabilities),
      capabilities,
    },
    owner: null,
    health: isReady(agent, config, providers, anyModel) ? 'online' : 'offline',
    max_concurrency: (llm ?? coding)?.max_concurrency ?? null,
    sla_seconds: (llm ?? coding)?.sla_seconds ?? null,
    registered: false,
    last_heartbeat_at: null,
  };
}

/** Whether what the agent needs is set up. Whether an agent over HTTP of the config answers, its next task tells. */
function isReady(
  { kind, llm, coding }: RosterAgent,
  { commands }: Config,
  providers: Providers,
  anyModel: boolean,
): boolean {
  if (kind === 'command') return commands !== 'off';
  if (coding) return commands !== 'off' && missingAssistant(coding, process.env) === null;
  if (kind !== 'llm') return true;
  if (llm?.provider) return providers[llm.provider].configured().ok;
  return anyModel;
}

/** Whether a provider answers calls for which nothing names one. */
async function hasModel(providers: Providers): Promise<boolean> {
  const { provider } = await defaultChoice(providers);
  return providers[provider].configured().ok;
}
