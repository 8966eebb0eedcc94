import type { ApprovalView } from '../../contracts/view.ts';
import { readSegment } from '../../store/content/conversations.ts';
import type { ApiDeps } from '../deps.ts';

/**
 * What of a live job waits for a person, the arguments of every call whole: those that are too long for Temporal's
 * history stand in the agent's conversation. They are null where nobody knows them any more.
 */
export async function waitingApprovals(deps: ApiDeps, job_id: string): Promise<ApprovalView[]> {
  const approvals = await deps.gateway.queryJob(job_id, 'approvals');
  return await Promise.all(
    approvals.map(async (approval) =>
      approval.kind === 'tool_call' && approval.arguments === null
        ? { ...approval, arguments: await wholeArguments(deps, job_id, approval.approval_id) }
        : approval,
    ),
  );
}

async function wholeArguments(
  deps: ApiDeps,
  job_id: string,
  approval_id: string,
): Promise<ApprovalView['arguments']> {
  const call = await deps.gateway.queryJob(job_id, 'asked_call', { approval_id });
  if (!call?.stands_in) return null;
  const { conversation, tool_use_id } = call.stands_in;
  const { messages } = await readSegment(deps.store, conversation);
  for (const block of messages.flatMap(({ content }) => content)) {
    if (block.type === 'tool_use' && block.id === tool_use_id) return block.input;
  }
  return null;
}
