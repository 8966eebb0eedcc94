import type { CodingRun } from '../../contracts/coding-run.ts';
import type { Store } from '../../store/index.ts';
import { describeMessage } from '../model/prompts/messages.ts';
import type { StoredPrompt } from '../model/prompts/prompt.ts';

const GO_ON = 'You were interrupted. See how far you came, and go on with your task from there.';

/** Its task, as the first thing that it reads. */
export const firstPrompt = ({ system, messages }: StoredPrompt): string =>
  [system, ...messages.map(({ content }) => content)].filter(Boolean).join('\n\n');

/** What it reads: its task, where that is given, and what came up since. */
export async function nextPrompt(
  store: Pick<Store, 'getContent'>,
  { remarks, messages }: Pick<CodingRun, 'remarks' | 'messages'>,
  task: string | null,
): Promise<string> {
  const told = [...remarks, ...(await describeAll(store, messages))];
  const all = task === null ? told : [task, ...told];
  return all.length === 0 ? GO_ON : all.join('\n\n');
}

/** What others wrote to it. */
const describeAll = (store: Pick<Store, 'getContent'>, messages: CodingRun['messages']): Promise<string[]> =>
  Promise.all(
    messages.map(async (message) => {
      const { content, content_ref } = message;
      const whole = content_ref ? (await store.getContent(content_ref)).toString('utf8') : content;
      return describeMessage({ ...message, content: whole });
    }),
  );
