import { condition } from '@temporalio/workflow';
import type { DependencyResult } from '../../contracts/artifact.ts';
import type { LeadWish } from '../../contracts/lead.ts';
import type { ToolAnswer, ToolCall } from '../../contracts/tool.ts';
import { isNews } from '../../core/messages/news.ts';
import { say, type ToolUser } from './tool-user.ts';
import type { Wallet } from './wallet.ts';

type Given = Record<string, unknown>;
type Wish = Exclude<LeadWish, { wish: 'rest' }>;

/** What the tools of an agent that leads ask of its job. Their arguments were checked when the turn was read. */
const WISHES: Record<string, (given: Given) => Wish> = {
  delegate_task: (given) => ({ wish: 'delegate', ...given }) as Wish,
  check_agent_status: (given) => ({ wish: 'status', ...given }) as Wish,
  send_agent_message: (given) => ({ wish: 'say', ...given }) as Wish,
  create_sub_agent: (given) => ({ wish: 'create', ...given }) as Wish,
};

export const isBossTool = (name: string): boolean => Object.hasOwn(WISHES, name);

/** Carries out a call of such a tool. A limit that it ran into is counted: see {@link wasCapped}. */
export async function lead(user: ToolUser, call: ToolCall, given: Given): Promise<ToolAnswer> {
  const { text, is_error, cap } = await user.task.job.wish(requestId(user, call), WISHES[call.name]!(given));
  if (cap) user.thread.cap_met = { code: cap, message: text };
  return say(call, text, is_error);
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
    const answer = await job.wish(id, { wish: 'result', task_id: String(task_id) });
    return answer.results ? { dependencies: answer.results } : { refused: answer.text };
  }
  if (call.name !== 'read_artifact') return {};
  if (user.thread.artifacts.some((one) => one.name === name || one.artifact_id === name)) return {};
  const answer = await job.wish(id, { wish: 'artifact', name: String(name) });
  return answer.results ? { dependencies: answer.results } : { refused: answer.text };
}

// a provider may give an id twice, in other turns
const requestId = ({ request, thread }: ToolUser, { tool_use_id }: ToolCall): string =>
  `${request.generation}-${request.attempt}-${thread.turns}-${tool_use_id}`;

/** What a boss is told that ended a turn although nothing can come to it any more. */
const COMPLETE_OR_GO_ON =
  'Nothing is being worked on, and nothing more will come by itself. If the project is done, or cannot be done, call `project_complete`; otherwise delegate what is still to do, or write to an agent that waits for your word. The project fails if you end your turn once more without either.';

/**
 * An agent that leads has ended a turn without a call: it waits for what is new, without a slot, money or time running.
 * Where nothing can come it is asked once; `false` when it was, and ends its turn again.
 */
export async function rest({ task, request, thread, clock }: ToolUser, wallet: Wallet): Promise<boolean> {
  if (task.inbox.some(isNews)) return true;
  await wallet.close();
  const id = `${request.generation}-${request.attempt}-rest-${thread.turns}`;
  const what = await clock.standStill(async () => {
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
