import { CancellationScope, condition } from '@temporalio/workflow';
import type { Artifact, TaskOutput } from '../../contracts/artifact.ts';
import type { AttemptError, AttemptRequest } from '../../contracts/attempt.ts';
import type { CallResult } from '../../contracts/model-call.ts';
import type { ToolAnswer, ToolCall, ToolResult } from '../../contracts/tool.ts';
import type { Thread, TurnAnswer, TurnInput } from '../../contracts/turn.ts';
import {
  countRepeats,
  isEnd,
  isFull,
  limitNotices,
  PROJECT_COMPLETE,
  reachedLimit,
  refusalOfCall,
  withinAllowance,
} from '../../core/agents/thinking.ts';
import { leastUsd } from '../../core/money/output-limit.ts';
import {
  estimateOf,
  inVain,
  makeCall,
  newCallId,
  prepareCall,
  tooManyInVain,
  wasInVain,
} from '../model-call.ts';
import type { Clock } from './clock.ts';
import type { Task, Work } from './context.ts';
import { hasNews, haveRead, NOT_READ, unreadFor } from './inbox.ts';
import { rest } from './lead.ts';
import { carryOutTogether } from './open-calls.ts';
import { flushProgress } from './progress.ts';
import { carryOut, runTool } from './tool-calls.ts';
import { type ToolUser, toolAnswer } from './tool-user.ts';
import { openTurnLease, type TurnLease } from './turn-lease.ts';

/**
 * An agent at work: turns with a model and its tools, until it is done. Where it stands is kept in the task, so that
 * another attempt goes on from the last good turn.
 */
export async function think(task: Task, request: AttemptRequest, clock: Clock): Promise<Work> {
  if (!task.thread) {
    const prepared = await prepare(task, request);
    if (prepared.status === 'blocked') {
      const { reason, message, agent } = prepared;
      return { outcome: { status: 'blocked', reason, message }, agent, worker: null };
    }
    const { carry_trimmed, tool_remarks } = prepared.call;
    if (carry_trimmed) await task.job.report(request.attempt, 'carry.trimmed', { ...carry_trimmed });
    if (tool_remarks) await task.job.report(request.attempt, 'tools.unavailable', { ...tool_remarks });
    task.thread = newThread(prepared.call);
  }
  const lease = openTurnLease(task, clock);
  try {
    return await converse({ task, request, clock, thread: task.thread, lease });
  } finally {
    await flushProgress(task);
    await CancellationScope.nonCancellable(() => lease.close());
  }
}

/** What is said of the request goes into the prompt; where the agent stood before has no place there. */
function prepare({ input }: Task, { thread: _, ...request }: AttemptRequest) {
  const { job_id, provider, model, capped, heartbeat_seconds } = input;
  const { timeout_seconds } = input.task;
  const subject = { purpose: 'task' as const, request };
  const place = { phase: 'run' as const, round: request.generation, task_id: request.task.task_id };
  return prepareCall({ job_id, subject, provider, model, capped, heartbeat_seconds, timeout_seconds, place });
}

/** An agent's attempt under way. */
interface Thinker extends ToolUser {
  lease: TurnLease;
}

async function converse(user: Thinker): Promise<Work> {
  const { task, request, clock, thread, lease } = user;
  const { agent, thinking } = thread.call;
  if (thread.turns === 0) await lease.renew(thread.call.worst_case_usd, leastUsd('act', thread.call));
  for (;;) {
    const limit = reachedLimit(thread, thinking!.limits);
    if (limit) return failed(thread, limit, null);
    if (task.held) {
      await lease.close();
      await clock.pauseClock(() => condition(() => !task.held));
    }
    if (task.isLong()) {
      await flushProgress(task);
      await lease.close();
      await task.continueAsNew(clock.worked_ms());
    }
    const mode = isFull(thread) ? 'summarize' : 'act';
    const made = await takeTurn(user, mode);
    if (made.status === 'no_money') return handOver(user, made.message);
    if (made.status === 'refused') return outOfBudget(thread, made.message);
    if (made.status === 'failed') return failed(thread, made.error, made.worker);
    task.conversation = thread.conversation;
    const { answer, worker } = made;
    // one that broke off has not said that it waits
    const isIdle = answer.calls.length === 0 && answer.cut_short === undefined;
    if (request.leads && mode === 'act' && isIdle) {
      if (await rest(user, lease)) continue;
      return failed(thread, NOT_COMPLETED, worker);
    }
    const done = await carryOutAll(user, answer);
    if (done && request.leads) return ledOut(user, answer, done, worker);
    if (done) {
      const { artifacts } = thread;
      return { outcome: { status: 'completed', output: done, artifacts }, agent, worker };
    }
  }
}

const NOT_COMPLETED: AttemptError = {
  code: 'not_completed',
  message: 'the boss ended without calling project_complete, although it was asked to',
  retryable: false,
};

/** The end that a boss gave its project. It can go on from there, should something be missing. */
function ledOut({ thread }: Thinker, { calls }: TurnAnswer, output: TaskOutput, worker: string): Work {
  const end = calls.find(({ name, problem }) => name === PROJECT_COMPLETE && problem === null);
  if (end?.arguments?.status === 'failed') {
    const message = output.text ?? output.preview;
    return failed(thread, { code: 'project_failed', message, retryable: false }, worker);
  }
  const { artifacts, call } = thread;
  thread.results = calls.map((one) => resultOf(toolAnswer(one, 'Done.', false)));
  return { outcome: { status: 'completed', output, artifacts, thread }, agent: call.agent, worker };
}

type Turn =
  | { status: 'answered'; answer: TurnAnswer; worker: string }
  | { status: 'failed'; error: AttemptError; worker: string | null }
  | { status: 'no_money'; message: string }
  /** no call of the job is made any more, not even a last one */
  | { status: 'refused'; message: string };

/** One turn: asked until there is an answer, whatever rate limits and lost answers come between. */
async function takeTurn(user: Thinker, mode: TurnInput['mode']): Promise<Turn> {
  const { task, request, clock, thread, lease } = user;
  const { limits } = thread.call.thinking!;
  for (let paid_for = -1; ; ) {
    const { in_vain = 0 } = thread;
    if (tooManyInVain(in_vain)) return { status: 'failed', error: inVain(in_vain), worker: null };
    const { conversation, results, known_tokens } = thread;
    const notices = mode === 'act' ? limitNotices(thread, limits) : [];
    const remarks = [...thread.remarks, ...notices];
    const messages = unreadFor(task, mode);
    const call = { ...thread.call, call_id: newCallId(request.job_id), attempt: request.attempt };
    const budget_usd = lease.left_usd();
    const result: CallResult = await makeCall(
      {
        call,
        lease_id: lease.lease_id(),
        turn: {
          ...{ conversation, results, remarks, known_tokens, budget_usd, mode },
          may_shorten: lease.isShort(),
          tokens_left: limits.max_tokens === null ? null : limits.max_tokens - thread.tokens,
          ...(messages.length > 0 ? { messages } : {}),
        },
        heartbeat_seconds: request.heartbeat_seconds,
      },
      request.task.timeout_seconds,
      async (spent) => lease.spend(spent),
    );
    if (result.status === 'failed' || result.status === 'refused') return result;
    if (result.status === 'answered') {
      const { answer, worker } = result;
      if (answer.purpose !== 'turn') throw new Error(`a turn of an agent answered ${answer.purpose}`);
      applyAnswer(thread, answer, mode);
      haveRead(task, messages);
      if (result.estimated !== undefined) await sayEstimated(user, result.estimated);
      return { status: 'answered', answer, worker };
    }
    if (wasInVain(result)) thread.in_vain = in_vain + 1;
    if (result.status === 'parked') {
      await lease.close();
      await clock.pauseClock(() => task.job.park(result.parked_until, result.message));
    }
    if (result.status !== 'too_dear') {
      paid_for = -1;
      continue;
    }
    const { worst_case_usd, least_usd } = result;
    // what is written to the agent meanwhile makes a turn dearer
    if (worst_case_usd <= paid_for)
      return { status: 'no_money', message: 'the budget does not cover the next turn' };
    const { refused } =
      mode === 'hand_over'
        ? await lease.renewForLast(worst_case_usd, least_usd)
        : await lease.renew(worst_case_usd, least_usd);
    if (refused !== null) return { status: 'no_money', message: refused };
    paid_for = worst_case_usd;
  }
}

/** Says once that what its calls cost is not the provider's own bill. */
async function sayEstimated({ task, request, thread }: Thinker, why: string): Promise<void> {
  if (thread.estimated) return;
  thread.estimated = true;
  await task.job.report(request.attempt, 'usage.estimated', estimateOf(thread.call, why));
}

/** What was said belongs to the conversation now. A summary answers nothing: the results wait for the turn after it. */
function applyAnswer(thread: Thread, answer: TurnAnswer, mode: TurnInput['mode']): void {
  thread.conversation = answer.conversation;
  thread.known_tokens = answer.known_tokens;
  thread.tokens += answer.tokens;
  if (answer.said !== '') thread.said = answer.said;
  if (mode === 'summarize') return;
  thread.handed_over = mode === 'hand_over';
  // a turn that money cut short is none of those that it has
  if (mode === 'act') thread.turns += 1;
  thread.results = [];
  thread.remarks = answer.cut_short === undefined ? [] : [answer.cut_short];
}

/** Carries out the calls of a turn, all at once; gives the result when the agent is done. */
async function carryOutAll(user: Thinker, answer: TurnAnswer) {
  const { thread, clock, lease, task } = user;
  if (answer.calls.length === 0) return hasNews(user) ? null : answer.result;
  delete thread.cap_met;
  const others = answer.calls.filter(({ name, problem }) => !isEnd(name) || problem !== null);
  const finishes = answer.calls.filter((call) => !others.includes(call));
  const withFiles = finishes.filter((call) => namesArtifacts(call));
  const { limits } = thread.call.thinking!;
  const { covered, refused, counted: made } = withinAllowance(others, thread, limits);
  thread.tool_calls += made;
  // the results, should the attempt be stopped before it has others
  thread.results = answer.calls.map((call) => resultOf(toolAnswer(call, CUT_OFF, true)));
  const { job } = task;
  const together = (calls: readonly ToolCall[]) =>
    carryOutTogether({ job, clock, lease }, calls, (call, open) => carryOut(user, call, open));
  // others begin with what the rest of the turn leaves in the clone, and nobody else changes it when theirs comes back
  const delegating = task.repository ? covered.filter(({ name }) => name === 'plan_tasks') : [];
  const answers = await together(covered.filter((call) => !delegating.includes(call)));
  if (delegating.length > 0) answers.push(...(await together(delegating)));
  // files that the result names may have been written by the other calls
  for (const call of withFiles) answers.push(await runTool(user, call, null));
  if (thread.cap_met) thread.capped = (thread.capped ?? 0) + 1;
  const kept = answers.flatMap(({ artifacts }) => artifacts);
  thread.artifacts = [...thread.artifacts.filter((old) => !kept.some((one) => isSame(one, old))), ...kept];
  const isGood = answers.every(({ is_error }) => !is_error);
  // one that was told that it has no more calls means what it says
  const news = hasNews(user);
  if (answer.result && isGood && !news && (refused.length === 0 || thread.over_allowance > 0))
    return answer.result;
  answers.push(...refused.map((call) => toolAnswer(call, refusalOfCall(limits), true)));
  if (refused.length > 0) thread.over_allowance += 1;
  const unfinished = finishes
    .filter((call) => !withFiles.includes(call))
    .map((call) => toolAnswer(call, news && isGood ? NOT_READ : NOT_FINISHED, true));
  thread.results = [...answers, ...unfinished].map(resultOf);
  const counted = countRepeats(
    thread.repeats,
    others.map(({ fingerprint, name, tool_use_id }) => {
      const { content_ref, text } = answers.find((one) => one.tool_use_id === tool_use_id)!;
      return { fingerprint, name, content_ref: content_ref ?? text ?? '' };
    }),
  );
  thread.repeats = counted.repeats;
  thread.remarks = counted.remarks;
  return null;
}

const resultOf = ({ artifacts: _, ...result }: ToolAnswer): ToolResult => result;

const CUT_OFF =
  'It was interrupted: whether, or how far, it was carried out is not known. See to that before you do it again.';

const isSame = (a: Artifact, b: Artifact): boolean => a.artifact_id === b.artifact_id;

const NOT_FINISHED = 'Not finished: another call of this turn failed. Look at it, then finish again.';

const namesArtifacts = ({ arguments: given }: ToolCall): boolean =>
  Array.isArray(given?.artifacts) && given.artifacts.length > 0;

/** Out of money: a last turn with what the budget still has, if that is enough for one; then it waits for more. */
async function handOver(user: Thinker, message: string): Promise<Work> {
  const { task, thread } = user;
  if (thread.turns > 0 && !thread.handed_over) {
    const last = await takeTurn(user, 'hand_over');
    if (last.status === 'answered') {
      task.conversation = thread.conversation;
      thread.remarks = ['The budget was raised: go on with the task from here, with your tools.'];
    }
  }
  return outOfBudget(thread, message);
}

/** Its task waits for more, and goes on from where it stands. */
function outOfBudget(thread: Thread, message: string): Work {
  const left = thread.said === '' ? message : `${message}. What it has so far: ${thread.said}`;
  return {
    outcome: { status: 'blocked', reason: 'budget_exhausted', message: left, thread },
    agent: thread.call.agent,
    worker: null,
  };
}

const failed = (thread: Thread, error: AttemptError, worker: string | null): Work => ({
  outcome: { status: 'failed', error, artifacts: thread.artifacts },
  agent: thread.call.agent,
  worker,
});

/** Where an agent stands that has not begun. */
export const newThread = (call: Thread['call']): Thread => ({
  call,
  conversation: null,
  results: [],
  remarks: [],
  known_tokens: 0,
  turns: 0,
  tool_calls: 0,
  over_allowance: 0,
  handed_over: false,
  tokens: 0,
  artifacts: [],
  said: '',
  repeats: {},
});
