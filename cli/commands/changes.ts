import type { Command } from 'commander';
import { dataOf } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { harmless } from '../view/text.ts';
import { fetchWork } from '../work/fetch.ts';
import { pushWork } from '../work/push.ts';

interface OfTask {
  task?: string;
}

/** `orchestrator diff`, `fetch` and `push`: the work of jobs in repositories */
export function changeCommands(program: Command): void {
  program
    .command('diff')
    .description('what a job that works in a repository has changed, or a task of it')
    .argument('<job>', 'id of the job')
    .option('--task <id>', 'only what this task changed')
    .option('--stat', 'the files, and how much changed in each')
    .addHelpText('after', `\nExamples:\n  ${CLI} diff j-1a2b3c --stat\n  ${CLI} diff j-1a2b3c | git apply`)
    .action(
      action<OfTask & { stat?: boolean }>(async (context, [job], { task, stat }) => {
        const format = context.out.json ? 'json' : stat ? 'stat' : 'patch';
        const told = await readDiff(context, job!, task, format);
        if (context.out.json) context.out.data(told);
        // a patch goes to programs as it is; on a terminal nothing in it moves the cursor
        else process.stdout.write(process.stdout.isTTY ? harmless(String(told)) : String(told));
      }),
    );
  program
    .command('fetch')
    .description("get a job's branch, or the branches of a task, into the clone that you stand in")
    .argument('<job>', 'id of the job')
    .option('--task <id>', 'a branch for this task, to work on, and one for each attempt that did not land')
    .addHelpText(
      'after',
      `\nExample, a task that is yours to do:\n  cd my-clone\n  ${CLI} fetch j-1a2b3c --task design\n  git switch orchestrator/j-1a2b3c/tasks/design\n  ${CLI} push j-1a2b3c --task design\n  ${CLI} complete j-1a2b3c design --output "Done."`,
    )
    .action(action<OfTask>(async (context, [job], { task }) => fetchWork(context, job!, task)));
  program
    .command('push')
    .description('hand in the commits of the current branch as the work on a task')
    .argument('<job>', 'id of the job')
    .requiredOption('--task <id>', 'the task')
    .action(action<{ task: string }>(async (context, [job], { task }) => pushWork(context, job!, task)));
}

/** The diff of a job, or of one of its tasks. */
export async function readDiff(
  { api }: Context,
  job_id: string,
  task_id: string | undefined,
  format: 'patch' | 'stat' | 'json',
): Promise<unknown> {
  const how = { query: { format }, parseAs: format === 'json' ? 'json' : 'text' } as const;
  const { query, parseAs } = how;
  return await dataOf<unknown>(
    task_id === undefined
      ? api.GET('/orchestrate/{job_id}/diff', { params: { path: { job_id }, query }, parseAs })
      : api.GET('/orchestrate/{job_id}/task/{task_id}/diff', {
          params: { path: { job_id, task_id }, query },
          parseAs,
        }),
  );
}
