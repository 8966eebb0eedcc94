import { z } from 'zod';
import type { ProviderName } from './spec.ts';

/** How an agent works. `task_queue` agents are Temporal workers of their own. */
export const AgentKind = z
  .enum(['llm', 'command', 'http', 'human', 'task_queue', 'coding'])
  .meta({ id: 'AgentKind' });
export type AgentKind = z.infer<typeof AgentKind>;

/** What planning and validation need to know of an agent. */
export interface AgentSummary {
  name: string;
  kind: AgentKind;
  description: string;
  capabilities: string[];
  provider: ProviderName | null;
  model: string | null;
  /** an attempt of its tasks that takes longer is stopped; left out: no limit */
  sla_seconds?: number;
  /** tasks of a job that it works on at once; left out: any number */
  max_concurrency?: number;
  /** why none of its model calls can be made now, and what to do; left out where they can */
  unavailable?: string;
  /** what its file says that it is, such as coder; left out: nothing */
  specialty?: string;
  /** names and patterns of the tools that it may use; left out where it thinks with no model */
  tools?: string[];
  /** it belongs to the job alone; see {@link JobAgent} */
  owned?: true;
  /** it registered itself: whether and where it takes a task is settled when an attempt starts */
  registered?: true;
}

/** The roster and the rules in force when a plan version was made: what validation of that version uses. */
export interface RosterSnapshot {
  agents: AgentSummary[];
  /** 'on', 'off', or 'allowlist' */
  commands: 'on' | 'off' | 'allowlist';
  command_allowlist: string[];
  /** with an allowlist, the variables that plans may set; left out in jobs of earlier versions */
  command_env_allowlist?: string[];
  /** whether plans from a model or from rules may use `command` */
  planner_commands: boolean;
  limits: PlanLimits;
  /** provider and model that plans, synthesizes and verifies; null without any */
  planner_model: { provider: ProviderName; model: string } | null;
}

/** Limits of plans, from the config. */
export interface PlanLimits {
  max_tasks: number;
  max_workers: number;
  /** how often work may be delegated on; left out in jobs of earlier versions */
  max_depth?: number;
  /** agents of a job that is led, those that its boss created included; left out in jobs of earlier versions */
  max_agents?: number;
}
