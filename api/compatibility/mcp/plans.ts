import { submitJob } from '../../jobs/submit.ts';
import { bodyHash } from '../../request/json.ts';
import { planSpec } from '../plans/start.ts';
import type { RequestContext } from './session.ts';

/** `plan_tasks`: a chat-side plan, started in the session. */
export async function startPlan(
  { deps, session, caller, request_id }: RequestContext,
  { task, maxSubtasks }: { task: string; maxSubtasks: number },
): Promise<{ planId: string }> {
  const request = { taskDescription: task, maxSubtasks };
  const { answer } = await submitJob(deps, {
    owner: caller.owner,
    actor: caller.actor,
    role: caller.role,
    key: `mcp-session:${session.session_id}:${request_id}`,
    spec: await planSpec(deps, caller.sees, request),
    body_hash: bodyHash(request),
    wait_seconds: 0,
  });
  await deps.store.addSessionJob(session.session_id, answer.job_id);
  return { planId: answer.job_id };
}
