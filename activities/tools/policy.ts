import type { OfferedTool, ToolRisk } from '../../contracts/tool.ts';
import { COMMAND_TOOLS } from '../../core/agents/command-rights.ts';
import { matchesTool } from '../../core/agents/tool-patterns.ts';
import { BOSS_TOOLS } from './boss-tools.ts';
import type { Tool } from './tool.ts';

/** What an agent may do, and when a person is asked first. Patterns are names with `*` for any characters. */
export interface AgentToolPolicy {
  /** names or patterns of tools that it may use */
  allow: readonly string[];
  /** risks that wait for a person; by default {@link APPROVED_RISKS} */
  approval_risks?: readonly ToolRisk[];
  /** decides for a tool, by name or pattern, whatever its risk; `always` wins where both apply */
  approval?: Readonly<Record<string, 'always' | 'never'>>;
  /** names or patterns of tools that wait for nobody because of their risk */
  safe?: readonly string[];
  /** whether it may have others work for it */
  delegates?: boolean;
  /** whether there are others of its job to write to */
  has_mates?: boolean;
  /** whether it leads its job */
  leads?: boolean;
  /** whether it may run commands, where its tools allow it; left out: it may */
  commands?: boolean;
}

/** Risks of tools that wait for a person unless the policy says otherwise. */
export const APPROVED_RISKS: readonly ToolRisk[] = ['high', 'critical'];

/** The tool by which an agent has others work for it. */
export const PLAN_TASKS = 'plan_tasks';

/** The tool by which an agent writes to others of its job. */
export const SEND_MESSAGE = 'send_message';

/** Tools that every agent has, whatever its file says. */
const ESSENTIAL = new Set(['finish', 'report_progress', PLAN_TASKS, SEND_MESSAGE]);

/** What an agent that leads has tools of its own for. */
const WORKERS_ONLY = new Set(['finish', 'report_progress', SEND_MESSAGE]);

/** Whether the agent may use a tool of that name. */
export function isAllowed(name: string, policy: AgentToolPolicy): boolean {
  if (policy.commands === false && COMMAND_TOOLS.includes(name)) return false;
  if (BOSS_TOOLS.has(name)) return policy.leads === true;
  if (policy.leads && WORKERS_ONLY.has(name)) return false;
  if (name === PLAN_TASKS && policy.delegates === false) return false;
  if (name === SEND_MESSAGE && !policy.has_mates) return false;
  return ESSENTIAL.has(name) || policy.allow.some((pattern) => matchesTool(name, pattern));
}

/** Whether the agent may use any tool whose name begins so. */
export function mayAllow(prefix: string, policy: AgentToolPolicy): boolean {
  return policy.allow.some((pattern) => {
    const fixed = pattern.split('*', 1)[0] ?? '';
    return pattern.includes('*') && prefix.startsWith(fixed) ? true : fixed.startsWith(prefix);
  });
}

/** Whether a person decides before the tool runs. */
export function needsApproval(tool: Pick<OfferedTool, 'name' | 'risk'>, policy: AgentToolPolicy): boolean {
  const said = Object.entries(policy.approval ?? {})
    .filter(([pattern]) => matchesTool(tool.name, pattern))
    .map(([, when]) => when);
  if (said.includes('always')) return true;
  if (said.includes('never')) return false;
  if (policy.safe?.some((pattern) => matchesTool(tool.name, pattern))) return false;
  return (policy.approval_risks ?? APPROVED_RISKS).includes(tool.risk);
}

/** Whether a pattern names tools one by one, so that a missing one is worth telling. */
export const isName = (pattern: string): boolean => !pattern.includes('*');

/** Tools in the form that attempts keep. */
export function toOffered(
  tool: Tool,
  input_schema: Record<string, unknown>,
  policy: AgentToolPolicy,
): OfferedTool {
  const { name, description, place, risk } = tool;
  return { name, description, input_schema, place, risk, approval: needsApproval(tool, policy) };
}
