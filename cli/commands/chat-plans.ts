import type { Command } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action } from '../context.ts';
import { wholeNumber } from '../input.ts';
import { style } from '../output.ts';
import { oneLine } from '../view/text.ts';
import { given, KEY_OPTION, keyHeader } from './common.ts';

interface StartOptions {
  maxSubtasks: number;
  parent?: string;
  idempotencyKey?: string;
}

/** `orchestrator orchestrate` and `orchestrator plan-status`: chat-side plans */
export function chatPlanCommands(program: Command): void {
  program
    .command('orchestrate')
    .description('have a task planned and carried out without approval; prints the plan id at once')
    .argument('<text>', 'what is to be done')
    .option('--max-subtasks <n>', 'at most this many, up to 10', wholeNumber(1), 5)
    .option('--parent <session>', 'the session that it belongs to')
    .option(...KEY_OPTION)
    .action(
      action<StartOptions>(async ({ api, out }, [text], { maxSubtasks, parent, idempotencyKey }) => {
        const body = { taskDescription: text!, maxSubtasks, ...given({ parentSessionId: parent }) };
        const started = await dataOf(
          api.POST('/v1/orchestrate', { body, params: { header: keyHeader(idempotencyKey) } }),
        );
        out.data(started);
        out.print(started.planId);
        out.note(`${CLI} plan-status ${started.planId} shows its progress.`);
      }),
    );
  program
    .command('plan-status')
    .description('show a plan of `orchestrate`, its subtasks and its result')
    .argument('<plan>', 'its id')
    .action(
      action(async ({ api, out }, [planId]) => {
        const answer = await dataOf(
          api.GET('/v1/orchestrate/{planId}', { params: { path: { planId: planId! } } }),
        );
        out.data(answer);
        out.print(planText(answer));
      }),
    );
}

function planText({ plan, subtasks }: Schemas['ChatPlanAnswer']): string {
  const lines = [
    `${style('bold', plan.status)}  ${oneLine(plan.taskDescription, 100)}`,
    ...subtasks.map(({ index, status, agent, description, reason, dependencies }) => {
      const after = dependencies.length > 0 ? ` after ${dependencies.map((at) => at + 1).join(', ')}` : '';
      const why = reason ? `: ${oneLine(reason, 200)}` : '';
      return `  ${index + 1}. ${status}  ${oneLine(description, 80)} (${agent ?? 'any agent'}${after})${why}`;
    }),
  ];
  if (plan.reason) lines.push('', oneLine(plan.reason, 1000));
  if (plan.result) lines.push('', plan.result);
  return lines.join('\n');
}
