import { createHash } from 'node:crypto';
import type { AttemptError } from '../../contracts/attempt.ts';
import type { Block, Message } from '../../contracts/conversation.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { ToolCall } from '../../contracts/tool.ts';
import type { TurnAnswer, TurnInput } from '../../contracts/turn.ts';
import { BYTES_A_TOKEN, FINISH, isEnd, PROJECT_COMPLETE } from '../../core/agents/thinking.ts';
import { SHORTENED_BY } from '../../core/money/output-limit.ts';
import { argumentsProblem } from '../../providers/arguments.ts';
import type { ModelReply } from '../../providers/types.ts';
import { extendConversation, readConversation } from '../../store/content/conversations.ts';
import { BOSS_TOOLS } from '../tools/boss-tools.ts';
import type { BilledReply } from './billed.ts';
import type { ModelDeps } from './deps.ts';
import { answeredNothing, refused, stoppedEarly, truncated } from './failures.ts';
import type { OpenTurn } from './open-turn.ts';
import type { StoredPrompt } from './prompts/prompt.ts';

/** Characters of what an agent said that history holds. */
const SAID_CHARS = 500;
/** Arguments longer than this are not shown to a person whole. */
const SHOWN_ARGUMENTS_BYTES = 4096;
/** What a boss delegates is a plan for others. */
const LEAD_ARGUMENTS_BYTES = 16_384;

/** Stores what was said and reads what it means. A refusal, or an answer that broke off, is a failure of the agent. */
export async function closeTurn(
  deps: ModelDeps,
  call: PreparedCall,
  prompt: StoredPrompt,
  turn: TurnInput,
  open: OpenTurn,
  reply: BilledReply,
): Promise<{ answer: TurnAnswer } | { error: AttemptError }> {
  const { added } = open;
  const failure = failureOf(call, turn, open, reply);
  if (failure) return { error: failure };
  const { job_id } = call;
  const { usage } = reply;
  const billed =
    usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens + usage.output_tokens;
  const common = { purpose: 'turn' as const, said: reply.text.slice(0, SAID_CHARS), tokens: billed };
  const cut = cutShort(turn, open, reply);
  if (turn.mode === 'summarize' && cut) {
    // half a summary is none: what was said stays as it is
    const { conversation, known_tokens } = turn;
    return {
      answer: { ...common, ...cut, conversation: conversation!, known_tokens, calls: [], result: null },
    };
  }
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
  // thinking alone that broke off is of no use to anybody
  const spoken =
    cut && reply.text.trim() === '' ? [] : [{ role: 'assistant' as const, content: reply.content }];
  const conversation = await extendConversation(deps.store, job_id, {
    previous: turn.conversation,
    summary_of: null,
    messages: [...added, ...spoken],
  });
  const calls = reply.content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
  // arguments that could not be read are sent back inside a text, which takes more
  const unread = calls.reduce((sum, { input }) => sum + unreadBytes(input), 0);
  const answer = { ...common, ...cut, conversation, known_tokens: billed + unread };
  if (cut) return { answer: { ...answer, calls: [], result: null } };
  if (calls.length === 0) {
    const result = await deps.store.toOutput({ job_id, text: reply.text });
    return { answer: { ...answer, calls: [], result } };
  }
  const read = await Promise.all(calls.map((used) => toCall(deps, used, prompt)));
  const finish = read.find(({ name, problem }) => isEnd(name) && problem === null);
  const used = calls.find(({ id }) => id === finish?.tool_use_id);
  const result = used ? await finished(deps, job_id, used.input) : null;
  return { answer: { ...answer, calls: read, result } };
}

type ToolUse = Extract<Block, { type: 'tool_use' }>;

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

const unreadBytes = (input: ToolUse['input']): number =>
  argumentsProblem(input) === null ? 0 : Buffer.byteLength(JSON.stringify(input));

const LOOKED_UP: ReadonlySet<string> = new Set(['read_task_result', 'read_artifact']);

async function toCall(
  deps: ModelDeps,
  { id, name, input }: ToolUse,
  { tools, request }: Pick<StoredPrompt, 'tools' | 'request'>,
): Promise<ToolCall> {
  const tool = tools.find((offered) => offered.name === name);
  const json = JSON.stringify(input);
  const place = tool?.place ?? 'anywhere';
  // a boss reads what others made, which its workflow has to look up first
  const looksUp = request?.leads !== undefined && LOOKED_UP.has(name);
  const shown = place === 'workflow' || tool?.approval === true || looksUp;
  const unread = argumentsProblem(input);
  const checked =
    shown && unread === null ? await deps.tools.check({ name, input }, tools) : { ok: true as const };
  return {
    tool_use_id: id,
    name,
    place,
    approval: tool?.approval ?? false,
    fingerprint: createHash('sha256').update(`${name} ${json}`).digest('hex').slice(0, 12),
    arguments: argumentsOf(name, input, shown && Buffer.byteLength(json) <= shownBytes(name)),
    problem: checked.ok ? unread : checked.text,
  };
}

const shownBytes = (name: string): number =>
  BOSS_TOOLS.has(name) ? LEAD_ARGUMENTS_BYTES : SHOWN_ARGUMENTS_BYTES;

/** Of a result only what it names is of use to the workflow: the result itself stands apart. */
function argumentsOf(name: string, input: ToolUse['input'], shown: boolean): ToolCall['arguments'] {
  if (name === FINISH) return { artifacts: input.artifacts ?? [] };
  if (name === PROJECT_COMPLETE) return { status: input.status };
  return shown ? input : null;
}

async function finished(deps: ModelDeps, job_id: string, input: Record<string, unknown>) {
  const result = input.result ?? input.summary;
  if (typeof result === 'string') return deps.store.toOutput({ job_id, text: result });
  const data = typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : null;
  return deps.store.toOutput({ job_id, text: JSON.stringify(result ?? null, null, 2), data });
}

/** What is said of an answer that broke off because it was made short; the last words of an agent are taken so. */
function cutShort(
  { mode }: TurnInput,
  { request, shortened }: OpenTurn,
  { stop_reason }: ModelReply,
): Pick<TurnAnswer, 'cut_short'> | null {
  if (stop_reason !== 'max_tokens' || !shortened || mode === 'hand_over') return null;
  const { max_output_tokens } = request;
  return {
    cut_short: `Your last answer was cut off after ${max_output_tokens} tokens: ${SHORTENED_BY[shortened]} left room for no more. It does not count as your result, and none of its calls was carried out. Continue from there, in fewer words.`,
  };
}

function failureOf(
  call: PreparedCall,
  turn: TurnInput,
  open: OpenTurn,
  reply: ModelReply,
): AttemptError | null {
  const said = reply.text.trim() !== '';
  switch (reply.stop_reason) {
    case 'refusal':
      return refused(call, reply);
    case 'max_tokens':
      if (cutShort(turn, open, reply)) return null;
      // the last words of an agent without money are better cut off than lost
      return turn.mode === 'hand_over' && said ? null : truncated(open.request.max_output_tokens, reply);
    case 'other':
      return stoppedEarly(reply);
    case 'end':
      return said ? null : answeredNothing(reply);
    default:
      return null;
  }
}
