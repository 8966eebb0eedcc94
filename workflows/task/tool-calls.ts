import { isCancellation } from '@temporalio/workflow';
import type { Ask, AskAnswer, AskedCall } from '../../contracts/ask.ts';
import type { ToolAnswer, ToolCall } from '../../contracts/tool.ts';
import { FINISH } from '../../core/agents/thinking.ts';
import { short, work, workOnHost } from '../activities.ts';
import { attemptError } from '../model-call.ts';
import { planTasks } from './delegate.ts';
import { sendMessage } from './inbox.ts';
import { isBossTool, lead, lookUp } from './lead.ts';
import type { OpenCalls } from './open-calls.ts';
import { reportProgress } from './progress.ts';
import { type ToolUser, toolAnswer } from './tool-user.ts';

/** Tools that are told what the attempt has saved so far. */
const NEEDS_ARTIFACTS: ReadonlySet<string> = new Set(['read_artifact', FINISH]);

/** Carries out a call and gives what the agent is told. Throws only on cancellation: what fails is said to the agent. */
export async function carryOut(user: ToolUser, call: ToolCall, open: OpenCalls): Promise<ToolAnswer> {
  if (call.problem !== null) return toolAnswer(call, call.problem, true);
  if (call.place === 'workflow') return actHere(user, call, open);
  if (!call.approval) return runTool(user, call, null);
  const said = await askPerson(user, call, open, {
    kind: 'tool_call',
    prompt: `${user.request.agent} wants to use ${call.name}`,
    arguments: call.arguments,
    call: { tool: call.name, prompt_ref: user.thread.call.prompt_ref, ...standsIn(user, call) },
  });
  if (said.decision !== 'approve') return toolAnswer(call, refusalOf(said), true);
  return runTool(user, call, said.arguments);
}

async function actHere(user: ToolUser, call: ToolCall, open: OpenCalls): Promise<ToolAnswer> {
  const given = call.arguments;
  if (given === null)
    return toolAnswer(call, `The arguments of ${call.name} are too long; use fewer words.`, true);
  if (call.name === 'ask_human') {
    const question = String(given.question);
    const said = await askPerson(user, call, open, { kind: 'question', prompt: question, arguments: null });
    return said.decision === 'approve'
      ? toolAnswer(call, said.answer ?? '', false)
      : toolAnswer(call, refusalOf(said), true);
  }
  if (call.name === 'report_progress') {
    await reportProgress(user, given);
    if (given.status !== 'blocked' || user.request.led_by === undefined)
      return toolAnswer(call, 'Reported.', false);
    await open.waitFor(() => user.task.inbox.length > 0);
    return toolAnswer(call, 'Reported. Somebody has written to you since: read it, and go on.', false);
  }
  if (call.name === 'plan_tasks') return planTasks(user, call, given);
  if (call.name === 'send_message') return sendMessage(user, call, given);
  if (isBossTool(call.name)) return lead(user, call, given);
  return toolAnswer(call, `There is no tool ${call.name}.`, true);
}

/** Arguments over 4 KB do not go into histories. */
function standsIn({ thread }: ToolUser, call: ToolCall): Pick<AskedCall, 'stands_in'> {
  if (call.arguments !== null) return {};
  return { stands_in: { conversation: thread.conversation!, tool_use_id: call.tool_use_id } };
}

type Asked = Pick<Ask, 'kind' | 'prompt' | 'arguments' | 'call'>;

async function askPerson(
  { request, thread }: ToolUser,
  call: ToolCall,
  open: OpenCalls,
  asked: Asked,
): Promise<AskAnswer> {
  return await open.ask({
    ...asked,
    // a provider may give an id twice, in other turns
    approval_id: `ask-${request.task.task_id}-${request.attempt}-${thread.turns}-${call.tool_use_id}`,
    ...askedNow(call.approval ? thread.call.thinking!.approval_expires_seconds : null),
  });
}

/** When a person is asked, and until when; in seconds, null: without end. */
export const askedNow = (expires: number | null): Pick<Ask, 'requested_at' | 'expires_at'> => ({
  requested_at: new Date().toISOString(),
  expires_at: expires === null ? null : new Date(Date.now() + expires * 1000).toISOString(),
});

/** What an agent is told that got no leave. */
export function refusalOf({ decision, reason }: AskAnswer): string {
  if (decision === 'expired') return 'Nobody decided in time, so it was not done. Go on without it.';
  return `A person denied it, and it was not done.${reason ? ` The reason: ${reason}` : ''}`;
}

/** Has an activity carry out a call: where the job's folder lies, unless any worker can. */
export async function runTool(
  user: ToolUser,
  call: ToolCall,
  edited_arguments: Record<string, unknown> | null,
): Promise<ToolAnswer> {
  const { request, thread } = user;
  const { heartbeat_seconds, host_wait_seconds, job_id } = request;
  const { timeout_seconds } = request.task;
  // others begin at once: what is begun in another order can't be replayed
  const looked = request.leads ? await lookUp(user, call) : {};
  if ('refused' in looked) return toolAnswer(call, looked.refused, true);
  const input = {
    job_id,
    prompt_ref: thread.call.prompt_ref,
    conversation: thread.conversation!,
    tool_use_id: call.tool_use_id,
    edited_arguments,
    artifacts: NEEDS_ARTIFACTS.has(call.name) ? thread.artifacts : [],
    ...looked,
    heartbeat_seconds,
    place: { phase: 'run' as const, round: request.generation, task_id: request.task.task_id },
  };
  try {
    if (call.place === 'anywhere') return await work(heartbeat_seconds, timeout_seconds).runTool(input);
    const host_id = request.host_id ?? (await short.claimHost()).host_id;
    return await workOnHost(host_id, heartbeat_seconds, timeout_seconds, host_wait_seconds).runTool(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return toolAnswer(call, `It could not be done: ${attemptError(error).message}`, true);
  }
}
