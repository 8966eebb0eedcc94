import type { AgentSummary, RosterSnapshot } from '../../../contracts/agent.ts';
import type { JobSpec } from '../../../contracts/spec.ts';
import { commandAllowed } from '../../agents/command-policy.ts';
import { compareNames, isMatchable } from '../../agents/match.ts';
import { stems } from './words.ts';

/** Who does a step, and with which command. */
export interface Assignment {
  agent: string | null;
  command: string | null;
  /** a command that stands in the text and may not be planned */
  withheld: string | null;
}

/** `general` takes what no specialist fits. */
const FALLBACK = 'general';
const WHOLE_COMMAND = /^`([^`]+)`\s*[.!]?$/;
const RUN_COMMAND = /^(?:run|execute)\s+`([^`]+)`/i;
const NAMED_AGENT = /(?:^|\s|\()(?:@|agent:\s*)([a-z0-9][a-z0-9._-]{0,63})/i;

/** Whether plans by rules may contain commands: only where allowed, and only if a person sees them first. */
export function mayPlanCommands(spec: JobSpec, snapshot: RosterSnapshot): boolean {
  const { planner_commands, commands } = snapshot;
  return planner_commands && commands !== 'off' && spec.approval !== 'auto' && !spec.no_commands;
}

/**
 * Chooses the agent of a step: `command` for a step that is a command, an agent that the text names (`@name`),
 * the one most of whose capability tags the text mentions, `general`, or nobody.
 */
export function assign(text: string, snapshot: RosterSnapshot, commandsAllowed: boolean): Assignment {
  const command = (WHOLE_COMMAND.exec(text) ?? RUN_COMMAND.exec(text))?.[1]?.trim() || null;
  const allowed =
    command !== null &&
    commandsAllowed &&
    commandAllowed(command, { commands: 'on', command_allowlist: snapshot.command_allowlist }) === undefined;
  if (allowed) return { agent: 'command', command, withheld: null };
  return { agent: chooseAgent(text, snapshot.agents), command: null, withheld: command };
}

function chooseAgent(text: string, agents: readonly AgentSummary[]): string | null {
  const named = NAMED_AGENT.exec(text)?.[1]
    ?.toLowerCase()
    .replace(/[._-]+$/, '');
  const byName = agents.find((agent) => agent.name === named && agent.kind !== 'command');
  if (byName) return byName.name;
  const fallback = agents.find((agent) => agent.name === FALLBACK && isMatchable(agent)) ?? null;
  const words = new Set(stems(text));
  const [best] = agents
    .filter((agent) => isMatchable(agent) && agent !== fallback)
    .map((agent) => ({ agent, hits: agent.capabilities.filter((tag) => mentions(words, tag)).length }))
    .filter(({ hits }) => hits > 0)
    .sort(
      (a, b) =>
        b.hits - a.hits ||
        a.agent.capabilities.length - b.agent.capabilities.length ||
        compareNames(a.agent.name, b.agent.name),
    );
  return (best?.agent ?? fallback)?.name ?? null;
}

function mentions(words: ReadonlySet<string>, tag: string): boolean {
  const parts = stems(tag.replace(/[-_]/g, ' '));
  return parts.length > 0 && parts.every((part) => words.has(part));
}
