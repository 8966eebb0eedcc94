import { z } from 'zod';
import type { RosterSnapshot } from '../../../contracts/agent.ts';
import { ProblemError } from '../../../contracts/error.ts';
import { AgentRole, JobAgent, MAX_JOB_AGENTS } from '../../../contracts/job-agent.ts';
import type { RepositoriesConfig } from '../../../contracts/repository/config.ts';
import { repositoryFields } from '../../../contracts/repository/spec.ts';
import type { JobSpec } from '../../../contracts/spec.ts';
import { Submission } from '../../../contracts/submission.ts';
import { checkSubmission } from '../../../core/submission/submission.ts';

const { title, description, boss_agent, budget_usd, max_workers, context } = Submission.shape;

/** An agent as this API takes it: unknown fields are ignored. */
const AgentRequest = z.object({ ...JobAgent.shape, role: AgentRole.default('worker') });

/** Body of `POST /projects`; other fields are ignored. */
export const ProjectRequest = z
  .object({
    title,
    goal: description,
    boss_agent: z
      .union([AgentRequest.extend({ role: z.unknown().optional() }), boss_agent])
      .describe('the boss: an agent of the project or the roster by its id, or the agent itself'),
    agents: z.array(AgentRequest).max(MAX_JOB_AGENTS).default([]),
    budget_usd,
    max_workers: max_workers.unwrap().optional(),
    context,
    ...repositoryFields,
  })
  .meta({ id: 'ProjectRequest' });

/** The job that a project is: led by its boss, and waiting to be started. Throws `validation`. */
export function projectSpec(
  request: z.output<typeof ProjectRequest>,
  snapshot: RosterSnapshot,
  repositories: RepositoriesConfig,
): JobSpec {
  const { goal, boss_agent: boss, agents, ...rest } = request;
  const named = typeof boss === 'string' ? boss : boss?.agent_id;
  const others = agents.map((agent) => (agent.agent_id === named ? { ...agent, role: 'boss' } : agent));
  const leading = typeof boss === 'object' && boss !== null ? [{ ...boss, role: 'boss' }] : [];
  const body = {
    ...rest,
    description: goal,
    strategy: 'boss',
    ...(named === undefined ? {} : { boss_agent: named }),
    agents: [...leading, ...others],
  };
  const checked = checkSubmission(JSON.parse(JSON.stringify(body)), snapshot, repositories);
  if (!checked.ok) throw new ProblemError(inWordsOfProjects(checked.problem));
  return checked.spec;
}

function inWordsOfProjects(problem: ProblemError['problem']): ProblemError['problem'] {
  const fields = problem.fields?.map(({ path, issue }) => ({
    path: path === 'description' ? 'goal' : path,
    issue,
  }));
  return {
    ...problem,
    message: 'The project is not valid; nothing was started.',
    ...(fields ? { fields } : {}),
  };
}
