import type { Schemas } from '../../../client/client.ts';
import { type FieldIssue, fieldIssues } from '../../../contracts/error.ts';
import type { Specialty } from '../../../contracts/job-agent.ts';
import { BOSS_AGENT } from '../../../contracts/names.ts';
import { Submission } from '../../../contracts/submission.ts';

/** An agent as it is written down; what is empty is left to the roster. */
export interface AgentDraft {
  agent_id: string;
  specialty: Specialty;
  model: string;
  system_prompt: string;
  capabilities: string[];
  tools: string[];
}

/** A worker, with a number by which it stays the same while it is renamed. */
export interface WorkerDraft extends AgentDraft {
  number: number;
}

/** A project as it is written down. */
export interface ProjectDraft {
  title: string;
  goal: string;
  boss: AgentDraft;
  workers: WorkerDraft[];
  /** null: no cap; undefined: the default of the service */
  budget_usd: number | null | undefined;
  max_workers: number | undefined;
  context: string;
}

const EMPTY: AgentDraft = {
  agent_id: '',
  specialty: 'general',
  model: '',
  system_prompt: '',
  capabilities: [],
  tools: [],
};

/** A project of one worker, of which nothing is said yet. */
export const newDraft = (): ProjectDraft =>
  withWorker({
    title: '',
    goal: '',
    boss: EMPTY,
    workers: [],
    budget_usd: undefined,
    max_workers: undefined,
    context: '',
  });

/** The draft with one more worker, of a name that is free. */
export function withWorker(draft: ProjectDraft): ProjectDraft {
  const number = 1 + Math.max(0, ...draft.workers.map((worker) => worker.number));
  const worker = { ...EMPTY, agent_id: `worker-${number}`, number };
  return { ...draft, workers: [...draft.workers, worker] };
}

/** What is sent: the boss first, where anything is said of it, then the workers. */
export function toRequest(draft: ProjectDraft): Schemas['ProjectRequest'] {
  const { title, goal, boss, workers, budget_usd, max_workers, context } = draft;
  const agents = workers.map((worker) => ({ role: 'worker' as const, ...toAgent(worker) }));
  const leading = hasOwnBoss(draft) ? [{ role: 'boss' as const, ...toAgent(boss, BOSS_AGENT) }] : [];
  return {
    ...{ title, goal, agents: [...leading, ...agents] },
    ...(budget_usd === undefined ? {} : { budget_usd }),
    ...(max_workers === undefined ? {} : { max_workers }),
    ...(context.trim() === '' ? {} : { context }),
  };
}

/** The field of the request that has the boss, or the worker of that place. */
export function pathOf(draft: ProjectDraft, agent: number | 'boss'): string {
  const first = hasOwnBoss(draft) ? 1 : 0;
  if (agent === 'boss') return first === 1 ? 'agents.0' : 'boss_agent';
  return `agents.${first + agent}`;
}

/** What the service would refuse of the fields; what it can say only with its roster, it says itself. */
export function mistakesIn({ goal, ...rest }: Schemas['ProjectRequest']): FieldIssue[] {
  const parsed = Submission.safeParse({ ...rest, description: goal, strategy: 'boss' });
  if (parsed.success) return [];
  return fieldIssues(parsed.error).map(({ path, issue }) => ({
    path: path === 'description' ? 'goal' : path,
    issue,
  }));
}

/** Whether anything is said of who leads; else it is the boss of the roster. */
const hasOwnBoss = ({ boss }: ProjectDraft): boolean =>
  boss.agent_id !== '' || boss.model !== '' || boss.system_prompt.trim() !== '' || boss.tools.length > 0;

function toAgent(agent: AgentDraft, otherwise = '') {
  const { agent_id, specialty, model, system_prompt, capabilities, tools } = agent;
  return {
    agent_id: agent_id.trim() || otherwise,
    specialty,
    ...(model.trim() === '' ? {} : { model }),
    ...(system_prompt.trim() === '' ? {} : { system_prompt }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
    ...(tools.length === 0 ? {} : { tools }),
  };
}
