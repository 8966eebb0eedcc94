import type { Command } from 'commander';
import { jsonOf } from '../../client/client.ts';
import { follow } from '../../client/follow.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { action, type Context } from '../context.ts';
import { wholeNumber } from '../input.ts';
import { eventLine } from '../view/event.ts';

interface Options {
  follow?: boolean;
  after?: number;
}

/** `orchestrator events` */
export function eventCommands(program: Command): void {
  program
    .command('events')
    .description("print a job's journal, or with -f the events of all jobs as they come")
    .argument('[job]', 'id of the job')
    .option('-f, --follow', 'go on until the job has ended')
    .option('--after <n>', 'only those after this number', wholeNumber(0))
    .addHelpText('after', '\nWith --json every event is one line of JSON.')
    .action(
      action<Options>(async (context, [job], options) => {
        if (options.follow || job === undefined) await followEvents(context, job, options.after);
        else await printEvents(context, job, options.after ?? 0);
      }),
    );
}

async function printEvents(context: Context, job_id: string, after: number): Promise<void> {
  let position = after;
  for (;;) {
    const { events, next_after } = await jsonOf(
      context.api.GET('/orchestrate/{job_id}/events', {
        params: {
          path: { job_id },
          query: { after: position, limit: 500 },
          header: { Accept: 'application/json' },
        },
        headers: { accept: 'application/json' },
      }),
    );
    for (const event of events) printEvent(context, event);
    if (events.length < 500) return;
    position = next_after;
  }
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
