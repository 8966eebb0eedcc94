import type { JobSpec } from '../../contracts/spec.ts';
import { leadPlan } from '../../core/boss/first-plan.ts';
import { approvePlan } from '../../core/commands/plan.ts';
import { setPlan } from '../../core/plan/version.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { proposedJob, roster, START, taskOf } from './samples.ts';

export const AGENTS = ['ann', 'bob', 'cid'];

/** A project whose boss is at work. */
export function project(max_workers = 2, max_tasks = 500, spec: Partial<JobSpec> = {}): JobState {
  const agents = AGENTS.map((agent_id) => ({
    agent_id,
    role: 'worker' as const,
    specialty: 'general' as const,
  }));
  const state = proposedJob([taskOf('any')], {
    strategy: 'boss',
    boss_agent: 'boss',
    agents,
    max_workers,
    ...spec,
  });
  const [general] = roster.agents.filter(({ kind }) => kind === 'llm');
  const tools = ['bash', 'read_file'];
  const known = ['boss', 'coder', ...AGENTS].map((name) => ({ ...general!, name, tools }));
  state.snapshot = {
    ...roster,
    agents: [
      ...roster.agents.map((agent) => ({ ...agent, ...(agent.kind === 'llm' ? { tools } : {}) })),
      ...known,
    ],
    limits: { max_tasks, max_workers: 50, max_depth: 3, max_agents: 5 },
  };
  setPlan(state, leadPlan(state.spec, null, null), { type: 'plan.proposed' });
  state.snapshot_version = state.plan!.version;
  state.old_plans = [];
  approvePlan(state, START);
  schedule(state, START);
  return state;
}
