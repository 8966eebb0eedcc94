import type { Command } from 'commander';
import { dataOf } from '../../client/client.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { storedEvents } from '../stored-events.ts';
import { harmless } from '../view/text.ts';

/** `orchestrator check-log` */
export function checkLogCommands(program: Command): void {
  program
    .command('check-log')
    .description('print what the check of a job in a repository printed, the last time that it ran')
    .argument('<job>', 'id of the job')
    .option('--task <id>', "the last time that it ran on this task's work")
    .addHelpText(
      'after',
      `\nWith --json: {event, text}; the event says what was checked, and how it went.\n\nExample:\n  ${CLI} check-log j-1a2b3c --task add-tests | tail -50`,
    )
    .action(action<{ task?: string }>(async (context, [job], { task }) => printCheck(context, job!, task)));
}

async function printCheck(context: Context, job_id: string, task_id: string | undefined): Promise<void> {
  const event = await lastCheck(context, job_id, task_id);
  if (event === undefined) {
    const of = task_id === undefined ? `job ${job_id}` : `the work of ${task_id} in job ${job_id}`;
    context.out.note(`No check has run on ${of}: \`${CLI} status ${job_id}\` says how it stands.`);
    context.out.data(null);
    return;
  }
  const path = { job_id, sha256: String(event.data.log_ref) };
  const { GET } = context.api;
  const text = await dataOf<string>(
    GET('/orchestrate/{job_id}/texts/{sha256}', { params: { path }, parseAs: 'text' }),
  );
  if (context.out.json) context.out.data({ event, text });
  else process.stdout.write(process.stdout.isTTY ? harmless(text) : text);
}

async function lastCheck(
  context: Context,
  job_id: string,
  task_id: string | undefined,
): Promise<JobEvent | undefined> {
  let last: JobEvent | undefined;
  for await (const event of storedEvents(context, job_id, 0)) {
    if (typeof event.data.log_ref === 'string' && isCheckOf(event, task_id)) last = event;
  }
  return last;
}

function isCheckOf({ type, data }: JobEvent, task_id: string | undefined): boolean {
  if (type === 'repository.base_checked') return task_id === undefined;
  if (type !== 'merge.checked') return false;
  return task_id === undefined || (Array.isArray(data.task_ids) && data.task_ids.includes(task_id));
}
