import type { Command } from 'commander';
import { follow } from '../../client/follow.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { action, type Context } from '../context.ts';
import { wholeNumber } from '../input.ts';
import { storedEvents } from '../stored-events.ts';
import { eventLine } from '../view/event.ts';

interface Options {
  follow?: boolean;
  after?: number;
}

/** `orchestrator events` */
export function eventCommands(program: Command): void {
  program
    .command('events')
    .description('print the journal of a job, or of all jobs; with -f keep following it')
    .argument('[job]', 'id of the job; default: all jobs')
    .option('-f, --follow', 'follow until the job has ended; without a job, from now on until interrupted')
    .option('--after <n>', 'only those after this number', wholeNumber(0))
    .addHelpText('after', '\nWith --json every event is one line of JSON.')
    .action(
      action<Options>(async (context, [job], options) => {
        if (options.follow) await followEvents(context, job, options.after);
        else await printEvents(context, job, options.after ?? 0);
      }),
    );
}

async function printEvents(context: Context, job: string | undefined, from: number): Promise<void> {
  for await (const event of storedEvents(context, job, from)) printEvent(context, event, job === undefined);
}

async function followEvents(context: Context, job: string | undefined, after?: number): Promise<void> {
  const stream = follow({
    ...context.address,
    path: job === undefined ? '/events' : `/orchestrate/${encodeURIComponent(job)}/events`,
    after: after ?? (job === undefined ? 'latest' : 0),
    onLost: (why) => context.out.note(`The connection broke (${why}); trying again ...`),
    onBack: () => context.out.note('Connected again.'),
  });
  for await (const { event } of stream) {
    if (event) printEvent(context, event, job === undefined);
  }
}

function printEvent({ out }: Context, event: JobEvent, withJob = false): void {
  out.line(event);
  out.print(withJob ? `${event.job_id}  ${eventLine(event)}` : eventLine(event));
}
