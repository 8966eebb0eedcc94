import { createHash } from 'node:crypto';
import type { AttemptError, PreparedCall } from '../../contracts/attempt.ts';
import type { Block, Message } from '../../contracts/conversation.ts';
import type { OfferedTool, ToolCall } from '../../contracts/tool.ts';
import type { TurnAnswer, TurnInput } from '../../contracts/turn.ts';
import { maxTokensOf, worstCaseUsd } from '../../core/cost.ts';
import { BYTES_A_TOKEN, FINISH } from '../../core/thinking.ts';
import type { ModelReply, ModelRequest } from '../../providers/types.ts';
import { extendConversation, readConversation } from '../../store/conversations.ts';
import type { ModelDeps } from './deps.ts';
import { answeredNothing, refused, stoppedEarly, truncated } from './failures.ts';
import { describeMessage } from './prompts/messages.ts';
import type { StoredPrompt } from './prompts/prompt.ts';

/** A shorter answer than this is not worth asking for. */
const SHORTEST_ANSWER_TOKENS = 500;
/** Roles, separators and what else a provider adds to a message of its own. */
const FRAME_TOKENS = 200;
/** Characters of what an agent said that history holds. */
const SAID_CHARS = 500;
/** Arguments longer than this are not shown to a person whole. */
const SHOWN_ARGUMENTS_BYTES = 4096;

/** A turn that is ready to be asked. */
export interface OpenTurn {
  request: ModelRequest;
  /** what the turn adds to the conversation before the answer */
  added: Message[];
  worst_case_usd: number;
}

/** What a turn would need: for the longest answer, and for the shortest that is worth asking for. */
export interface TooDear {
  status: 'too_dear';
  worst_case_usd: number;
  least_usd: number;
}

/** Puts the request of a turn together and bounds its cost; too dear where the money does not reach. */
export async function openTurn(
  deps: ModelDeps,
  call: PreparedCall,
  prompt: StoredPrompt,
  turn: TurnInput,
): Promise<OpenTurn | TooDear> {
  const added = await newMessages(deps, turn);
  const tools = prompt.tools.map(({ name, description, input_schema }) => ({
    name,
    description,
    input_schema,
  }));
  const said = await readConversation(deps.store, turn.conversation);
  const request: ModelRequest = {
    model: call.model,
    system: prompt.system,
    messages: [...prompt.messages, ...said, ...added],
    max_output_tokens: call.max_output_tokens,
    ...(tools.length > 0 ? { tools } : {}),
    ...(tools.length > 0 && turn.mode !== 'act' ? { tool_choice: 'none' as const } : {}),
  };
  if (!call.price) return { request, added, worst_case_usd: 0 };
  const fresh = turn.known_tokens > 0 ? added : [prompt.system, ...prompt.messages, ...said, ...added, tools];
  const input_tokens = turn.known_tokens + FRAME_TOKENS + maxTokensOf(JSON.stringify(fresh));
  const worst_case_usd =
    request.messages.length === prompt.messages.length
      ? call.worst_case_usd
      : worstCaseUsd(input_tokens, call.max_output_tokens, call.price);
  if (turn.budget_usd === null || worst_case_usd <= turn.budget_usd)
    return { request, added, worst_case_usd };
  const left = turn.budget_usd - worstCaseUsd(input_tokens, 0, call.price);
  const output = Math.floor((left * 1_000_000) / call.price.output_usd);
  if (turn.mode !== 'hand_over' || output < SHORTEST_ANSWER_TOKENS) {
    const shortest = Math.min(SHORTEST_ANSWER_TOKENS + 1, call.max_output_tokens);
    const least_usd = worstCaseUsd(input_tokens, shortest, call.price);
    return { status: 'too_dear', worst_case_usd, least_usd };
  }
  request.max_output_tokens = output;
  return { request, added, worst_case_usd: worstCaseUsd(input_tokens, output, call.price) };
}

/** Stores what was said and reads what it means. A refusal, or an answer that broke off, is a failure of the agent. */
export async function closeTurn(
  deps: ModelDeps,
  call: PreparedCall,
  prompt: StoredPrompt,
  turn: TurnInput,
  { request, added }: OpenTurn,
  reply: ModelReply,
): Promise<{ answer: TurnAnswer } | { error: AttemptError }> {
  const failure = failureOf(call, turn, request, reply);
  if (failure) return { error: failure };
  const { job_id } = call;
  const { usage } = reply;
  const billed =
    usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens + usage.output_tokens;
  const common = { purpose: 'turn' as const, said: reply.text.slice(0, SAID_CHARS), tokens: billed };
  if (turn.mode === 'summarize') {
    const messages = await compacted(deps, call, turn, reply.text);
    const conversation = await extendConversation(deps.store, job_id, {
      previous: null,
      summary_of: turn.conversation,
      messages,
    });
    const known_tokens = 0;
    return { answer: { ...common, conversation, known_tokens, calls: [], result: null } };
  }
  const conversation = await extendConversation(deps.store, job_id, {
    previous: turn.conversation,
    summary_of: null,
    messages: [...added, { role: 'assistant', content: reply.content }],
  });
  const calls = reply.content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
  const answer = { ...common, conversation, known_tokens: billed };
  if (calls.length === 0) {
    const result = await deps.store.toOutput({ job_id, text: reply.text });
    return { answer: { ...answer, calls: [], result } };
  }
  const read = await Promise.all(calls.map((used) => toCall(deps, used, prompt.tools)));
  const finish = read.find(({ name, problem }) => name === FINISH && problem === null);
  const used = calls.find(({ id }) => id === finish?.tool_use_id);
  const result = used ? await finished(deps, job_id, used.input) : null;
  return { answer: { ...answer, calls: read, result } };
}

type ToolUse = Extract<Block, { type: 'tool_use' }>;

/** Results of all calls first, then what the orchestrator and others have to say. */
async function newMessages(deps: ModelDeps, turn: TurnInput): Promise<Message[]> {
  const results = await Promise.all(
    turn.results.map(async ({ tool_use_id, content_ref, text, is_error }): Promise<Block> => {
      // a summary is of what was read; there may be no room for more
      if (turn.mode === 'summarize')
        return { type: 'tool_result', tool_use_id, content: RESULT_LATER, is_error };
      const content = content_ref
        ? (await deps.store.getContent(content_ref)).toString('utf8')
        : (text ?? '');
      return { type: 'tool_result', tool_use_id, content, is_error };
    }),
  );
  const messages = await Promise.all(
    (turn.messages ?? []).map(async (message) => {
      const { content, content_ref } = message;
      const whole = content_ref ? (await deps.store.getContent(content_ref)).toString('utf8') : content;
      return describeMessage({ ...message, content: whole });
    }),
  );
  const said = [...turn.remarks, ...messages, ...(turn.mode === 'act' ? [] : [REQUESTS[turn.mode]])];
  const content = [...results, ...said.map((text): Block => ({ type: 'text', text }))];
  return content.length > 0 ? [{ role: 'user', content }] : [];
}

const RESULT_LATER = '[You will read this result after the summary.]';

const REQUESTS = {
  hand_over:
    'The budget for this task is spent. This is your last turn, without tools: hand over what you have as the result of the task, as complete as it is, and say in the first line what is missing.',
  summarize:
    'The conversation is about to be shortened. Write down everything that you need in order to go on with the task without it: what was found out and decided, with names, numbers, paths and quotes that matter; what was done and made; what is still to do. Nothing else.',
};

/** The summary in place of what came before, and the latest turns as they were. */
async function compacted(
  deps: ModelDeps,
  call: PreparedCall,
  turn: TurnInput,
  summary: string,
): Promise<Message[]> {
  const said = await readConversation(deps.store, turn.conversation);
  const starts = said.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
  const room = call.thinking!.context_window * KEPT_SHARE * BYTES_A_TOKEN;
  const fits = (from: number) => Buffer.byteLength(JSON.stringify(said.slice(from))) <= room;
  // results that are still to be told belong to the last turn: it always stays
  const from = starts.slice(-KEPT_TURNS).find(fits) ?? starts.at(-1) ?? said.length;
  return [
    {
      role: 'user',
      content: [{ type: 'text', text: `# What you did so far, in your own words\n\n${summary}` }],
    },
    ...said.slice(from),
  ];
}

/** Turns that stay as they were when a conversation is compacted, as far as they fit into that share of the window. */
const KEPT_TURNS = 3;
const KEPT_SHARE = 0.25;

async function toCall(
  deps: ModelDeps,
  { id, name, input }: ToolUse,
  tools: readonly OfferedTool[],
): Promise<ToolCall> {
  const tool = tools.find((offered) => offered.name === name);
  const json = JSON.stringify(input);
  const place = tool?.place ?? 'anywhere';
  const shown = place === 'workflow' || tool?.approval === true;
  const checked = shown ? await deps.tools.check({ name, input }, tools) : { ok: true as const };
  return {
    tool_use_id: id,
    name,
    place,
    approval: tool?.approval ?? false,
    fingerprint: createHash('sha256').update(`${name} ${json}`).digest('hex').slice(0, 12),
    arguments: argumentsOf(name, input, shown && Buffer.byteLength(json) <= SHOWN_ARGUMENTS_BYTES),
    problem: checked.ok ? null : checked.text,
  };
}

/** Of a result only what it names is of use to the workflow: the result itself stands apart. */
function argumentsOf(name: string, input: ToolUse['input'], shown: boolean): ToolCall['arguments'] {
  if (name === FINISH) return { artifacts: input.artifacts ?? [] };
  return shown ? input : null;
}

async function finished(deps: ModelDeps, job_id: string, input: Record<string, unknown>) {
  const { result } = input;
  if (typeof result === 'string') return deps.store.toOutput({ job_id, text: result });
  const data = typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : null;
  return deps.store.toOutput({ job_id, text: JSON.stringify(result ?? null, null, 2), data });
}

function failureOf(
  call: PreparedCall,
  turn: TurnInput,
  request: ModelRequest,
  reply: ModelReply,
): AttemptError | null {
  const said = reply.text.trim() !== '';
  switch (reply.stop_reason) {
    case 'refusal':
      return refused(call, reply);
    case 'max_tokens':
      // the last words of an agent without money are better cut off than lost
      return turn.mode === 'hand_over' && said ? null : truncated(request.max_output_tokens, reply);
    case 'other':
      return stoppedEarly(reply);
    case 'end':
      return said ? null : answeredNothing(reply);
    default:
      return null;
  }
}
