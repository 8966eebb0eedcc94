import type { Block } from '../contracts/conversation.ts';
import type { ModelReply, RateLimits } from './types.ts';

/**
 * A reply as {@link ModelReply} promises it: calls only with `tool_use`, and `tool_use` only with calls. An opaque
 * block right before a call that is left out goes with it.
 */
export function toReply(
  given: Pick<ModelReply, 'content' | 'stop_reason' | 'usage' | 'usage_problem'> & {
    limits: RateLimits | undefined;
  },
): ModelReply {
  const { usage, usage_problem, limits } = given;
  const calls = given.content.some((block) => block.type === 'tool_use');
  const stop_reason = given.stop_reason === 'tool_use' && !calls ? 'other' : given.stop_reason;
  const content = stop_reason === 'tool_use' ? given.content : given.content.filter(withoutCalls);
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  return {
    ...{ content, text, stop_reason, usage },
    ...(usage_problem === undefined ? {} : { usage_problem }),
    ...(limits ? { limits } : {}),
  };
}

function withoutCalls(block: Block, index: number, blocks: Block[]): boolean {
  if (block.type === 'opaque') return blocks[index + 1]?.type !== 'tool_use';
  return block.type !== 'tool_use';
}
