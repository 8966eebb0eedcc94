import type { GetPromptResult, Prompt } from '@modelcontextprotocol/sdk/types.js';
import { listView } from './list.ts';
import type { Desk } from './session.ts';

/** The default prompts: what a person asks for by a slash command. */
export const PROMPTS: readonly Prompt[] = [
  {
    name: 'orchestrator.status',
    title: 'Status of your tasks',
    description: 'The tasks that run, counts of the others, and whether the service is well.',
  },
  {
    name: 'orchestrator.output',
    title: 'Output of your tasks',
    description: 'Recent tasks and the log.',
  },
];

/** A default prompt with what stands now; null for another name. */
export async function getPrompt(desk: Desk, name: string): Promise<GetPromptResult | null> {
  const view = VIEWS[name];
  const prompt = PROMPTS.find((one) => one.name === name);
  if (!view || !prompt) return null;
  const { text } = await listView(desk, { view: view.view, limit: 20, format: 'markdown' });
  return {
    description: prompt.description,
    messages: [{ role: 'user', content: { type: 'text', text: `${view.ask}\n\n${text}` } }],
  };
}

const VIEWS: Record<string, { view: 'status' | 'output'; ask: string }> = {
  'orchestrator.status': {
    view: 'status',
    ask: 'Tell me in a few lines how my tasks stand, and what, if anything, I should do.',
  },
  'orchestrator.output': {
    view: 'output',
    ask: 'Sum up what my recent tasks gave, and anything in the log that went wrong. For the whole result of a task call task_await with its id.',
  },
};
