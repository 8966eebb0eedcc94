import type { Command } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { style } from '../output.ts';
import { harmless, localTime, oneLine } from '../view/text.ts';
import { KEY_OPTION, keyHeader } from './common.ts';

/** `orchestrator message` and `messages` */
export function messageCommands(program: Command): void {
  program
    .command('message')
    .description('write to an agent of a job, which reads it on its next turn')
    .argument('<job>', 'id of the job')
    .argument('<to>', 'a task, the name of an agent that works on one task only, or `all`')
    .argument('<text>', 'what to tell it')
    .option(...KEY_OPTION)
    .addHelpText('after', `\nExample:\n  ${CLI} message j-1a2b3c docs "Leave the changelog to me"`)
    .action(
      action<{ idempotencyKey?: string }>(async ({ api, out }, [job, to, text], { idempotencyKey }) => {
        const answer = await dataOf(
          api.POST('/orchestrate/{job_id}/messages', {
            params: { path: { job_id: job! }, header: keyHeader(idempotencyKey) },
            body: { to: to!, content: text! },
          }),
        );
        out.data(answer);
        out.print(`${answer.message_id} sent to ${to}; job ${answer.job_id}: ${answer.status}`);
      }),
    );
  program
    .command('messages')
    .description('print what agents and operators of a job wrote to each other')
    .argument('<job>', 'id of the job')
    .addHelpText('after', '\nWith --json every line is one message.')
    .action(action(async (context, [job]) => printMessages(context, job!)));
}

async function printMessages({ api, out }: Context, job_id: string): Promise<void> {
  for (let after = 0, first = true; ; first = false) {
    const page: Schemas['MessageList'] = await dataOf(
      api.GET('/orchestrate/{job_id}/messages', { params: { path: { job_id }, query: { after } } }),
    );
    if (first && page.messages.length === 0) out.note('no messages yet');
    for (const message of page.messages) {
      out.line(message);
      out.print(messageText(message));
    }
    if (page.messages.length === 0) return;
    after = page.next_after;
  }
}

/** A message in two parts: who to whom, and what. */
export function messageText({
  id,
  from_agent,
  to_agent,
  kind,
  content,
  created_at,
  metadata,
}: Schemas['JobMessage']): string {
  const { from_task_id, to_task_ids } = metadata;
  const from = from_task_id === null ? from_agent : `${from_agent} (${from_task_id})`;
  const to = to_agent === null ? 'all' : `${to_agent} (${to_task_ids.join(', ')})`;
  const head = oneLine(`${localTime(created_at)}  ${id}  ${kind}  ${from} → ${to}`, 200);
  return `${style('dim', head)}\n${harmless(content)}`;
}
