import type { CodingRun } from '../../contracts/coding-run.ts';
import type { Store } from '../../store/index.ts';
import { describeMessage } from '../model/prompts/messages.ts';
import type { StoredPrompt } from '../model/prompts/prompt.ts';

const GO_ON = 'You were interrupted. See how far you came, and go on with your task from there.';

/** Its task, as the first thing that it reads. */
export const firstPrompt = ({ system, messages }: StoredPrompt): string =>
  [system, ...messages.map(({ content }) => content)].filter(Boolean).join('\n\n');

/** What it reads when it goes on. */
export async function nextPrompt(
  store: Pick<Store, 'getContent'>,
  { remarks, messages }: Pick<CodingRun, 'remarks' | 'messages'>,
): Promise<string> {
  const told = await describeAll(store, messages);
  return [...(remarks.length + told.length === 0 ? [GO_ON] : remarks), ...told].join('\n\n');
}

/** What others wrote to it. */
export const describeAll = (
  store: Pick<Store, 'getContent'>,
  messages: CodingRun['messages'],
): Promise<string[]> =>
  Promise.all(
    messages.map(async (message) => {
      const { content, content_ref } = message;
      const whole = content_ref ? (await store.getContent(content_ref)).toString('utf8') : content;
      return describeMessage({ ...message, content: whole });
    }),
  );
