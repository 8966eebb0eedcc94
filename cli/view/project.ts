import type { Schemas } from '../../client/client.ts';
import { style } from '../output.ts';
import { harmless, money, oneLine, table } from './text.ts';

/** A project as text: its status, its members and what each is doing, its result. */
export function projectText(project: Schemas['Project']): string {
  const { id, title, status, needs_review, reason, agents, budget, summary, warnings } = project;
  const rows = agents.map(({ agent_id, role, specialty, status: doing, current_task, created }) => [
    `  ${oneLine(agent_id, 64)}`,
    role === 'boss' ? 'boss' : (specialty ?? ''),
    doing,
    [current_task ? oneLine(current_task.title, 80) : '', created ? '(made by the boss)' : '']
      .join(' ')
      .trim(),
  ]);
  const limit = budget.limit_usd === null ? 'no cap' : `of ${money(budget.limit_usd)}`;
  return [
    `${style('bold', needs_review ? 'needs review' : status)}  ${oneLine(title, 100)}  ${style('dim', id)}`,
    ...(reason === null ? [] : [style('yellow', oneLine(reason, 1000))]),
    ...table(rows),
    style('dim', `spent ${money(budget.spent_usd)} ${limit}`),
    ...warnings.map((warning) => style('yellow', oneLine(warning, 1000))),
    ...(summary === null ? [] : ['', harmless(summary)]),
  ].join('\n');
}
