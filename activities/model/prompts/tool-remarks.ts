import type { PreparedCall, ToolRemark } from '../../../contracts/prepared-call.ts';
import { bullets, fenced, joined } from './data.ts';
import type { PromptText } from './prompt.ts';

/** So many are told, each in so many characters; servers write some of these words. */
const TOLD = 20;
const REASON_CHARS = 300;

/** The remarks as an event and a prompt hold them. */
export const shortened = (remarks: readonly ToolRemark[]): NonNullable<PreparedCall['tool_remarks']> => ({
  tools: remarks.slice(0, TOLD).map(({ name, reason }) => ({
    name: name.slice(0, 100).toWellFormed(),
    reason: reason.slice(0, REASON_CHARS).toWellFormed(),
  })),
  more: Math.max(0, remarks.length - TOLD),
});

/** Tells the agent, at the end of its prompt, which servers and tools it does not have as its instructions may say. */
export function withToolRemarks(prompt: PromptText, remarks: readonly ToolRemark[]): PromptText {
  const last = prompt.messages.at(-1);
  if (remarks.length === 0 || !last) return prompt;
  const { tools, more } = shortened(remarks);
  const lines = tools.map(({ name, reason }) => `${name}: ${reason}`);
  const told = bullets(more > 0 ? [...lines, `and ${more} more`] : lines);
  const content = joined(
    last.content,
    '# Tools that are missing now, or not as announced',
    fenced('tools and servers of tools, and why', told.join('\n')),
  );
  return { ...prompt, messages: [...prompt.messages.slice(0, -1), { ...last, content }] };
}
