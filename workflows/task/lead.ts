import { condition } from '@temporalio/workflow';
import type { DependencyResult } from '../../contracts/artifact.ts';
import type { LeadRequestBody } from '../../contracts/lead.ts';
import type { ToolAnswer, ToolCall } from '../../contracts/tool.ts';
import { isNews } from '../../core/messages/news.ts';
import { type ToolUser, toolAnswer } from './tool-user.ts';
import type { TurnLease } from './turn-lease.ts';

type Given = Record<string, unknown>;
type BossRequest = Exclude<LeadRequestBody, { wish: 'rest' }>;

/** What the tools of an agent that leads ask of its job. Their arguments were checked when the turn was read. */
const REQUESTS: Record<string, (given: Given) => BossRequest> = {
  delegate_task: (given) => ({ wish: 'delegate', ...given }) as BossRequest,
  check_agent_status: (given) => ({ wish: 'status', ...given }) as BossRequest,
  send_agent_message: (given) => ({ wish: 'say', ...given }) as BossRequest,
  create_sub_agent: (given) => ({ wish: 'create', ...given }) as BossRequest,
};

export const isBossTool = (name: string): boolean => Object.hasOwn(REQUESTS, name);

/** Carries out a call of such a tool. A limit that it ran into is counted: see {@link wasCapped}. */
export async function lead(user: ToolUser, call: ToolCall, given: Given): Promise<ToolAnswer> {
  const { text, is_error, cap } = await user.task.job.request(
    requestId(user, call),
    REQUESTS[call.name]!(given),
  );
  if (cap) user.thread.cap_met = { code: cap, message: text };
  return toolAnswer(call, text, is_error);
}

/** What a boss reads of the work of others: its job knows where that is. */
export async function lookUp(
  user: ToolUser,
  call: ToolCall,
): Promise<{ dependencies?: DependencyResult[] } | { refused: string }> {
  const given = call.arguments;
  if (given === null) return {};
  const { task_id, name } = given;
  const id = requestId(user, call);
  const { job } = user.task;
  if (call.name === 'read_task_result') {
    const answer = await job.request(id, { wish: 'result', task_id: String(task_id) });
    return answer.results ? { dependencies: answer.results } : { refused: answer.text };
  }
  if (call.name !== 'read_artifact') return {};
  if (user.thread.artifacts.some((one) => one.name === name || one.artifact_id === name)) return {};
  const answer = await job.request(id, { wish: 'artifact', name: String(name) });
  return answer.results ? { dependencies: answer.results } : { refused: answer.text };
}

// a provider may give an id twice, in other turns
const requestId = ({ request, thread }: ToolUser, { tool_use_id }: ToolCall): string =>
  `${request.generation}-${request.attempt}-${thread.turns}-${tool_use_id}`;

/** What a boss is told that ended a turn although nothing can come to it any more. */
const COMPLETE_OR_GO_ON =
  'Nothing is being worked on, and nothing more will come by itself. If the project is done, or cannot be done, call `project_complete`; otherwise delegate what is still to do, or write to an agent that is waiting for you. The project fails if you end your turn once more without either.';

/**
 * An agent that leads has ended a turn without a call: it waits for what is new, without a slot, money or time running.
 * Where nothing can come it is asked once; `false` when it was, and ends its turn again.
 */
export async function rest({ task, request, thread, clock }: ToolUser, lease: TurnLease): Promise<boolean> {
  if (task.inbox.some(isNews)) return true;
  await lease.close();
  const id = `${request.generation}-${request.attempt}-rest-${thread.turns}`;
  const what = await clock.pauseClock(async () => {
    const news = await task.job.awaitNews(id, () => task.inbox.some(isNews));
    if (task.held) await condition(() => !task.held);
    return news;
  });
  if (what === 'news') return true;
  if (thread.asked) return false;
  thread.asked = true;
  thread.remarks = [COMPLETE_OR_GO_ON];
  return true;
}
