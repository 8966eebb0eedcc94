import type { Block, Message } from '../../contracts/conversation.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { TurnInput } from '../../contracts/turn.ts';
import { BYTES_A_TOKEN } from '../../core/agents/thinking.ts';
import { maxTokensOf, worstCaseUsd } from '../../core/money/cost.ts';
import { leastUsd, SHORTENED_BY, withinTokens, withinUsd } from '../../core/money/output-limit.ts';
import type { ModelRequest } from '../../providers/types.ts';
import { readConversation } from '../../store/content/conversations.ts';
import { FRAME_TOKENS } from './billed.ts';
import type { ModelDeps } from './deps.ts';
import { describeMessage } from './prompts/messages.ts';
import type { StoredPrompt } from './prompts/prompt.ts';

/** A turn that is ready to be asked. */
export interface OpenTurn {
  request: ModelRequest;
  /** what the turn adds to the conversation before the answer */
  added: Message[];
  worst_case_usd: number;
  /** why the answer may not be as long as it could; undefined: it may */
  shortened: PreparedCall['shortened'];
}

/** What a turn would need: for the longest answer, and for the shortest that is worth asking for. */
export interface TooExpensive {
  status: 'too_dear';
  worst_case_usd: number;
  least_usd: number;
}

/**
 * Puts the request of a turn together and bounds its cost: with a shorter answer if there is no room for the longest;
 * `too_dear` if the money does not pay for the shortest.
 * @param jobTokensLeft of the job's limit of tokens; null: it has none
 */
export async function openTurn(
  deps: ModelDeps,
  call: PreparedCall,
  prompt: StoredPrompt,
  turn: TurnInput,
  jobTokensLeft: number | null,
): Promise<OpenTurn | TooExpensive> {
  const { model, max_output_tokens, price } = call;
  const { mode, known_tokens, budget_usd } = turn;
  const added = await newMessages(deps, turn);
  const tools = prompt.tools.map(({ name, description, input_schema }) => ({
    name,
    description,
    input_schema,
  }));
  const said = await readConversation(deps.store, turn.conversation);
  const isFirst = said.length + added.length === 0;
  const fresh = known_tokens > 0 ? added : [prompt.system, ...prompt.messages, ...said, ...added, tools];
  const bytes = maxTokensOf(JSON.stringify(fresh));
  const bound = known_tokens + FRAME_TOKENS + bytes;
  const worst = price && !isFirst ? worstCaseUsd(bound, max_output_tokens, price) : call.worst_case_usd;

  const tokensLeft = leastOf(jobTokensLeft, turn.tokens_left ?? null);
  const likely = known_tokens + bytes / BYTES_A_TOKEN;
  let ready = withinTokens(mode, { ...call, worst_case_usd: worst }, tokensLeft, likely);
  if (budget_usd !== null && ready.worst_case_usd > budget_usd) {
    const { worst_case_usd } = ready;
    const least_usd = leastUsd(mode, ready);
    if (!turn.may_shorten || least_usd > budget_usd) return { status: 'too_dear', worst_case_usd, least_usd };
    ready = withinUsd(ready, budget_usd);
  }
  const { shortened, worst_case_usd } = ready;
  const shown = shortened && mode === 'act' ? withNote(added, beBrief(shortened, ready)) : added;
  const request: ModelRequest = {
    model,
    system: prompt.system,
    messages: [...prompt.messages, ...said, ...shown],
    max_output_tokens: ready.max_output_tokens,
    ...(tools.length > 0 ? { tools } : {}),
    ...(tools.length > 0 && mode !== 'act' ? { tool_choice: 'none' as const } : {}),
  };
  return { request, added: shown, worst_case_usd, shortened };
}

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
    'The conversation is about to be shortened. Write down everything you need to continue the task without it: what was found out and decided, with the names, numbers, paths and quotes that matter; what was done and produced; what is still to do. Nothing else.',
};

function leastOf(...limits: (number | null)[]): number | null {
  const given = limits.filter((limit) => limit !== null);
  return given.length === 0 ? null : Math.min(...given);
}

const beBrief = (
  by: NonNullable<PreparedCall['shortened']>,
  { max_output_tokens }: Pick<PreparedCall, 'max_output_tokens'>,
): string =>
  `For this answer ${SHORTENED_BY[by]} leaves room for ${max_output_tokens} tokens, thinking and calls included; anything longer is cut off and lost. Be brief, or finish with what you have.`;

function withNote(added: Message[], text: string): Message[] {
  const [{ content } = { content: [] }] = added;
  return [{ role: 'user', content: [...content, { type: 'text', text }] }];
}
