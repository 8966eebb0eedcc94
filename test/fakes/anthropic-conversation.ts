import type { MessageBlock, MessagesRequest } from './anthropic-wire.ts';

/** Checks conversations with tools as the API does, with what it said itself. */
export interface ConversationCheck {
  /** Throws an Error that says what the API would refuse. */
  check(body: MessagesRequest): void;
  /** Remembers what an answer thought before it called tools; gives the signature. */
  thought(thinking: string, tool_use_ids: string[]): string;
}

/**
 * A check that knows the thinking behind every call it was told of: it must come back with the call, unchanged.
 * @see https://docs.claude.com/en/docs/build-with-claude/extended-thinking#preserving-thinking-blocks
 */
export function createConversationCheck(): ConversationCheck {
  const said = new Map<string, string>();
  const behind = new Map<string, string>();
  return {
    thought(thinking, tool_use_ids) {
      const signature = `sig-${said.size + 1}`;
      said.set(signature, thinking);
      for (const id of tool_use_ids) behind.set(id, signature);
      return signature;
    },
    check({ messages, tools = [], system }) {
      const all = messages.map((message) => blocksOf(message.content));
      all.forEach((blocks, index) => {
        const before = all[index - 1] ?? [];
        const calls = messages[index - 1]?.role === 'assistant' ? before.flatMap(callId) : [];
        checkResults(blocks, calls, index);
        for (const block of blocks) {
          if (block.type === 'thinking' && said.get(block.signature) !== block.thinking)
            throw new Error(`messages.${index}: thinking blocks cannot be modified`);
          if (block.type !== 'tool_use') continue;
          const signature = behind.get(block.id);
          if (
            signature &&
            !blocks.some((other) => other.type === 'thinking' && other.signature === signature)
          )
            throw new Error(`messages.${index}: expected the thinking block of \`${block.id}\``);
        }
        if (messages[index]?.role === 'assistant' && blocks.at(-1)?.type === 'thinking')
          throw new Error(`messages.${index}: the final block in an assistant message cannot be thinking`);
      });
      if (messages.at(-1)?.role === 'assistant')
        throw new Error('the conversation must end with a user message');
      const ids = all.flat().flatMap(callId);
      if (new Set(ids).size < ids.length) throw new Error('`tool_use` ids must be unique');
      if (ids.length > 0 && tools.length === 0)
        throw new Error('requests with tool blocks must define tools');
      const marks = [...tools, ...(typeof system === 'object' ? system : []), ...all.flat()].filter(
        (part) => 'cache_control' in part && part.cache_control,
      );
      if (marks.length > 4)
        throw new Error(`a maximum of 4 blocks with cache_control, found ${marks.length}`);
    },
  };
}

function checkResults(blocks: MessageBlock[], calls: string[], index: number): void {
  const results = blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
  const missing = calls.filter((id) => !results.includes(id));
  if (missing.length > 0)
    throw new Error(`messages.${index}: \`tool_use\` without \`tool_result\` right after: ${missing}`);
  const strange = results.filter((id) => !calls.includes(id));
  if (strange.length > 0)
    throw new Error(`messages.${index}: \`tool_result\` without \`tool_use\` right before: ${strange}`);
  if (new Set(results).size < results.length) throw new Error(`messages.${index}: a result is listed twice`);
  if (blocks.slice(0, results.length).some((block) => block.type !== 'tool_result'))
    throw new Error(`messages.${index}: \`tool_result\` blocks must come first`);
}

const callId = (block: MessageBlock): string[] => (block.type === 'tool_use' ? [block.id] : []);

const blocksOf = (content: string | MessageBlock[]): MessageBlock[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;
