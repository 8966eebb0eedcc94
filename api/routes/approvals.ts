import { z } from 'zod';
import { CommandAnswer, DecisionBody } from '../../contracts/command.ts';
import { type ApprovalView as Approval, ApprovalView, type JobListItem } from '../../contracts/view.ts';
import type { Api, Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { isWorkflowGone } from '../gateway/index.ts';
import { command } from '../jobs/command.ts';
import { checkEditedArguments } from '../jobs/edited-arguments.ts';
import { readJob } from '../jobs/find-job.ts';
import { waitingApprovals } from '../jobs/waiting-approvals.ts';
import { turnsOf } from '../turns.ts';
import { commandRoute } from './commands.ts';
import { jobParams, OtherId } from './params.ts';

const Approvals = z.object({ approvals: z.array(ApprovalView) }).meta({ id: 'Approvals' });

/** How many jobs are asked at once. */
const AT_ONCE = 8;

/** What waits for a person: of one job, of all, and the decision. */
export function approvalRoutes(api: Api, deps: ApiDeps): void {
  const tag = 'Approvals';
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/{job_id}/approvals',
      operation_id: 'listApprovals',
      tag,
      summary: 'Everything in the job that is waiting for a person',
      params: jobParams,
      answers: { 200: { description: 'what waits', schema: Approvals } },
      errors: ['no_worker', 'temporal_unreachable'],
    },
    async (c, { params: { job_id } }) => {
      const approvals = await readJob<Approval[]>(deps, c.get('sees'), job_id, {
        live: () => waitingApprovals(deps, job_id),
        archive: () => [],
      });
      return c.json({ approvals });
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/approvals',
      operation_id: 'listAllApprovals',
      tag,
      summary:
        'Everything in all your jobs that is waiting for a person, oldest first; in all jobs for an admin',
      answers: { 200: { description: 'what waits', schema: Approvals } },
      errors: ['no_worker', 'temporal_unreachable'],
    },
    async (c) => {
      const sees = c.get('sees');
      const approvals = await turnsOf(deps)(`approvals ${JSON.stringify(sees)}`, () =>
        allApprovals(deps, sees),
      );
      return c.json({ approvals });
    },
  );
  endpoint(
    api,
    {
      ...commandRoute(deps, 'decide_approval'),
      params: { ...jobParams, approval_id: OtherId },
      body: DecisionBody,
      answers: { 200: { description: 'decided', schema: CommandAnswer } },
    },
    async (c, { params: { job_id, approval_id }, body }) => {
      const { decision, arguments: edited } = body;
      if (decision === 'approve' && edited)
        await checkEditedArguments(deps, c.get('sees'), { job_id, approval_id }, edited);
      return c.json(await command(deps, c, job_id, 'decide_approval', { ...body, approval_id }));
    },
  );
}

async function allApprovals(deps: ApiDeps, sees: Sees): Promise<Approval[]> {
  const jobs = (await deps.store.openJobs(sees)).filter(mayWait);
  const approvals: Approval[] = [];
  for (let start = 0; start < jobs.length; start += AT_ONCE) {
    const some = jobs.slice(start, start + AT_ONCE).map((job) => approvalsOf(deps, job.job_id));
    approvals.push(...(await Promise.all(some)).flat());
  }
  return approvals.sort((a, b) => (a.requested_at < b.requested_at ? -1 : 1));
}

/** The list's numbers are up to a second old, and do not tell of running agents that wait for an answer. */
const mayWait = ({ status, stats }: JobListItem): boolean =>
  status === 'awaiting_approval' ||
  status === 'needs_review' ||
  stats.awaiting_approval + stats.blocked + stats.running + stats.failed > 0;

/** A job that has closed meanwhile waits for nobody. */
async function approvalsOf(deps: ApiDeps, job_id: string): Promise<Approval[]> {
  try {
    return await waitingApprovals(deps, job_id);
  } catch (error) {
    if (isWorkflowGone(error)) return [];
    throw error;
  }
}
