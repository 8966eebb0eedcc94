import { type Command, InvalidArgumentError } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { action, type Context } from '../context.ts';
import { amount } from '../input.ts';
import { money } from '../view/text.ts';
import { given, KEY_OPTION, keyHeader } from './common.ts';

interface Options {
  note?: string;
  reason?: string;
  idempotencyKey?: string;
}

const SIMPLE = [
  ['pause', 'start no further tasks of a job'],
  ['resume', 'continue after a pause'],
  ['finish', 'end a job in review with what it has'],
] as const;

/** `orchestrator pause`, `resume`, `cancel`, `finish`, `budget` */
export function steerCommands(program: Command): void {
  for (const [name, description] of SIMPLE) {
    program
      .command(name)
      .description(description)
      .argument('<job>', 'id of the job')
      .option('--note <text>', 'kept in the journal')
      .option(...KEY_OPTION)
      .action(
        action<Options>(async (context, [job], { note, idempotencyKey }) => {
          const params = { path: { job_id: job! }, header: keyHeader(idempotencyKey) };
          const body = given({ note });
          tell(context, await dataOf(context.api.POST(`/orchestrate/{job_id}/${name}`, { params, body })));
        }),
      );
  }
  program
    .command('cancel')
    .description('stop everything a job is doing, and end it')
    .argument('<job>', 'id of the job')
    .option('--reason <text>', 'kept with the job')
    .option(...KEY_OPTION)
    .action(
      action<Options>(async (context, [job], { reason, idempotencyKey }) => {
        const params = { path: { job_id: job! }, header: keyHeader(idempotencyKey) };
        const body = given({ reason });
        tell(context, await dataOf(context.api.POST('/orchestrate/{job_id}/cancel', { params, body })));
      }),
    );
  program
    .command('budget')
    .description('add money to a job; tasks that ran out of it continue')
    .argument('<job>', 'id of the job')
    .argument('<usd>', 'how much to add', positive)
    .option(...KEY_OPTION)
    .action(
      action<Options>(async (context, [job, usd], { idempotencyKey }) => {
        const params = { path: { job_id: job! }, header: keyHeader(idempotencyKey) };
        const body = { add_usd: Number(usd) };
        const answer = await dataOf(context.api.POST('/orchestrate/{job_id}/budget', { params, body }));
        tell(context, answer, `${money(Number(usd))} added; `);
      }),
    );
}

function tell({ out }: Context, answer: Schemas['CommandAnswer'], before = ''): void {
  out.data(answer);
  const still = answer.cancel_requested ? '; what is still running is being stopped' : '';
  out.print(`${before}job ${answer.job_id}: ${answer.status}${still}`);
}

function positive(text: string): number {
  const value = amount(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be more than 0.');
}
