import type { GetPromptResult, Prompt } from '@modelcontextprotocol/sdk/types.js';
import { ProblemError } from '../../../contracts/error.ts';
import { readPlanAnswer } from '../plans/read.ts';
import { listView } from './list.ts';
import type { RequestContext, SessionInfo } from './session.ts';

/** A prompt: what a person asks for by a slash command. */
interface PromptOf {
  prompt: Prompt;
  text(ctx: RequestContext, given: Record<string, string>): Promise<string>;
}

/** The prompts of a session. */
export const promptsOf = ({ tools }: Pick<SessionInfo, 'tools'>): Prompt[] =>
  (tools === 'plans' ? [...DEFAULT, ...PLANS] : DEFAULT).map(({ prompt }) => prompt);

/** A prompt with what stands now; null for a name that the session does not have. Throws for missing arguments. */
export async function getPrompt(
  ctx: RequestContext,
  name: string,
  given: Record<string, string>,
): Promise<GetPromptResult | null> {
  if (!promptsOf(ctx.session).some((prompt) => prompt.name === name)) return null;
  const { prompt, text } = [...DEFAULT, ...PLANS].find((one) => one.prompt.name === name)!;
  const missing = (prompt.arguments ?? []).filter((one) => one.required && !given[one.name]?.trim());
  if (missing.length > 0) {
    const message = `The prompt ${name} needs: ${missing.map((one) => one.name).join(', ')}.`;
    throw new ProblemError({ code: 'validation', message });
  }
  return {
    description: prompt.description,
    messages: [{ role: 'user', content: { type: 'text', text: await text(ctx, given) } }],
  };
}

const DEFAULT: readonly PromptOf[] = [
  {
    prompt: {
      name: 'orchestrator.status',
      title: 'Status of your tasks',
      description: 'The tasks that run, counts of the others, and whether the service is well.',
    },
    text: (ctx) =>
      withView(
        ctx,
        'status',
        'Tell me in a few lines how my tasks stand, and what, if anything, I should do.',
      ),
  },
  {
    prompt: {
      name: 'orchestrator.output',
      title: 'Output of your tasks',
      description: 'Recent tasks and the log.',
    },
    text: (ctx) =>
      withView(
        ctx,
        'output',
        'Sum up what my recent tasks gave, and anything in the log that went wrong. For the whole result of a task call task_await with its id.',
      ),
  },
];

const PLANS: readonly PromptOf[] = [
  {
    prompt: {
      name: 'orchestrate',
      title: 'Have something planned and carried out',
      description: 'Cuts a task into parts, which agents carry out.',
      arguments: [{ name: 'task', description: 'what is to be reached', required: true }],
    },
    text: async (_desk, { task }) =>
      `Call plan_tasks with the task below, word for word. Tell me the planId at once, then call task_await with it as taskId until it has ended, and give me its result.\n\n${task}`,
  },
  {
    prompt: {
      name: 'plan-status',
      title: 'Status of a plan',
      description: 'How a plan and its subtasks stand.',
      arguments: [{ name: 'planId', description: 'as plan_tasks gave it', required: true }],
    },
    async text({ deps, caller }, { planId }) {
      const answer = await readPlanAnswer(deps, caller.sees, planId!);
      return `Tell me in a few lines how this plan stands.\n\n\`\`\`json\n${JSON.stringify(answer, null, 2)}\n\`\`\``;
    },
  },
];

async function withView(ctx: RequestContext, view: 'status' | 'output', ask: string): Promise<string> {
  const { text } = await listView(ctx, { view, limit: 20, format: 'markdown' });
  return `${ask}\n\n${text}`;
}
