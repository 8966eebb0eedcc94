import type { Command } from 'commander';
import { action, type Context } from '../context.ts';
import { followLogs, hasLogs, printLines, readJob, readLogs } from '../follow-logs.ts';
import { wholeNumber } from '../input.ts';

interface Options {
  follow?: boolean;
  attempt?: number;
  tail: number;
}

/** `orchestrator logs` */
export function logCommands(program: Command): void {
  program
    .command('logs')
    .description("print the output of a task's command; default: of all tasks")
    .argument('<job>', 'id of the job')
    .argument('[task]', 'id of the task')
    .option('-f, --follow', 'follow until the task, or the job, has ended')
    .option('--attempt <n>', 'an earlier attempt', wholeNumber(1))
    .option('--tail <n>', 'at most this many lines per stream', wholeNumber(1), 1000)
    .addHelpText('after', '\nWith --json every line is one line of JSON: {task_id, attempt, stream, text}.')
    .action(
      action<Options>(async (context, [job, task], options) => {
        if (options.follow) await followLogs(context, job!, task, options.tail);
        else await printLogs(context, job!, task, options);
      }),
    );
}

async function printLogs(
  context: Context,
  job: string,
  task: string | undefined,
  { attempt, tail }: Options,
): Promise<void> {
  const tasks =
    task === undefined ? (await readJob(context, job)).tasks.filter(hasLogs) : [{ task_id: task }];
  for (const { task_id } of tasks) {
    const logs = await readLogs(context, job, task_id, { attempt, tail });
    if (logs.truncated)
      context.out.note(`(earlier lines of ${task_id} are left out: --tail N, or its artifacts)`);
    printLines(context, { task_id, attempt: logs.attempt }, logs.lines, task === undefined);
  }
}
