import type { Command } from 'commander';
import { dataOf } from '../../client/client.ts';
import { COMMAND_ROUTES } from '../../contracts/command-routes.ts';
import { CLI } from '../called.ts';
import { action } from '../context.ts';
import { usageError } from '../exit.ts';
import { readInput, readObject } from '../input.ts';
import { given, KEY_OPTION, keyHeader } from './common.ts';

interface Options {
  prompt?: string;
  agent?: string;
  reason?: string;
  note?: string;
  output?: string;
  outputFile?: string;
  outputs?: string;
  idempotencyKey?: string;
}

/** `orchestrator retry`, `skip`, `complete`, `approve-task`, `reject-task`: a person's word on a task */
export function taskCommands(program: Command): void {
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<job>', 'id of the job')
      .argument('<task>', 'id of the task')
      .option(...KEY_OPTION);
  const params = (job: string | undefined, task: string | undefined, key: string | undefined) => ({
    path: { job_id: job!, task_id: task! },
    header: keyHeader(key),
  });

  command('retry', 'try a failed or blocked task again, with all that was skipped because of it')
    .option('--prompt <text>', "replaces the task's description")
    .option('--agent <name>', 'have another agent do it')
    .action(
      action<Options>(async ({ api, out }, [job, task], { prompt, agent, idempotencyKey }) => {
        const body = given({ modified_prompt: prompt, agent });
        const { path } = COMMAND_ROUTES.retry_task;
        const answer = await dataOf(api.POST(path, { params: params(job, task, idempotencyKey), body }));
        out.data(answer);
        out.print(`Task ${task} is tried again (retry ${answer.retry_count})`);
      }),
    );
  command(
    'complete',
    'supply the output of a task by hand: one for a person, or one that is blocked or failed',
  )
    .option('--output <text>', 'its output, as text')
    .option('--output-file <file>', 'the same from a file, or - for stdin')
    .option('--outputs <file>', 'its data, an object in a YAML or JSON file')
    .addHelpText('after', `\nExample:\n  ${CLI} complete j-1a2b3c sign-off --output "Signed by Ada"`)
    .action(
      action<Options>(async ({ api, out }, [job, task], options) => {
        const { output, outputFile, outputs, idempotencyKey } = options;
        if (output !== undefined && outputFile !== undefined) {
          throw usageError('Give --output or --output-file, not both.');
        }
        const text = outputFile === undefined ? (output ?? '') : await readInput(outputFile);
        const body = {
          output: text,
          ...(outputs === undefined ? {} : { outputs: await readObject(outputs) }),
        };
        const { path } = COMMAND_ROUTES.complete_task;
        const answer = await dataOf(api.POST(path, { params: params(job, task, idempotencyKey), body }));
        out.data(answer);
        out.print(`Task ${task} is completed; job ${job}: ${answer.status}`);
      }),
    );
  for (const [name, description, option, told] of DECISIONS) {
    const { path, verb } = COMMAND_ROUTES[name];
    command(verb, description)
      .option(`--${option} <text>`, 'kept in the journal')
      .action(
        action<Options>(async ({ api, out }, [job, task], options) => {
          const body = given({ [option]: options[option] });
          const sent = params(job, task, options.idempotencyKey);
          const answer = await dataOf(api.POST(path, { params: sent, body }));
          out.data(answer);
          out.print(`Task ${task} ${told}; job ${job}: ${answer.status}`);
        }),
      );
  }
}

/** Commands about a task that take a word at most: what they do, the word, and what is said when it is done. */
const DECISIONS = [
  ['skip_task', 'continue without a task: those that depend on it run', 'reason', 'is skipped'],
  ['approve_task', "open a task's gate", 'note', 'may start'],
  ['reject_task', "close a task's gate: it and what depends on it are skipped", 'reason', 'is rejected'],
] as const;
