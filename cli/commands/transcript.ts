import type { Command } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { action, type Context } from '../context.ts';
import { style } from '../output.ts';
import { harmless } from '../view/text.ts';

type Message = Schemas['Transcript']['messages'][number];
type Block = Message['content'][number];

/** `orchestrator transcript` */
export function transcriptCommands(program: Command): void {
  program
    .command('transcript')
    .description('print what the agent of a task said, its tool calls and their results, turn by turn')
    .argument('<job>', 'id of the job')
    .argument('<task>', 'id of the task')
    .addHelpText('after', '\nWith --json every line is one message: {number, role, content}.')
    .action(action(async (context, [job, task]) => printTranscript(context, job!, task!)));
}

async function printTranscript(context: Context, job_id: string, task_id: string): Promise<void> {
  const { api, out } = context;
  let after: number | null = 0;
  while (after !== null) {
    const query: { after: number } = { after };
    const page: Schemas['Transcript'] = await dataOf(
      api.GET('/orchestrate/{job_id}/task/{task_id}/transcript', {
        params: { path: { job_id, task_id }, query },
      }),
    );
    if (page.messages.length === 0 && after === 0) out.note(`${task_id} has no conversation yet`);
    for (const message of page.messages) {
      out.line(message);
      out.print(shown(message, page.agent ?? 'agent'));
    }
    after = page.next_after;
  }
}

const shown = ({ number, role, content }: Message, agent: string): string =>
  [
    style('dim', `${number} ${role === 'assistant' ? agent : 'orchestrator'}`),
    ...content.map(shownBlock),
  ].join('\n');

function shownBlock(block: Block): string {
  if (block.type === 'text') return harmless(block.text);
  if (block.type === 'tool_use') return `→ ${block.name} ${harmless(JSON.stringify(block.input))}`;
  if (block.type === 'tool_result') return `${block.is_error ? '✗' : '←'} ${harmless(block.content)}`;
  return '';
}
