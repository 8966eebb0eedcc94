import { type Command, Option } from 'commander';
import { dataOf, jsonOf, type Schemas } from '../../client/client.ts';
import { JobStatus } from '../../contracts/status.ts';
import { action, type Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../input.ts';
import { style } from '../output.ts';
import { jobText } from '../view/job.ts';
import { harmless, localTime, money, oneLine, table } from '../view/text.ts';
import { exitOf, watchJob } from '../watch.ts';
import { TIMEOUT_OPTION } from './common.ts';

interface ListOptions {
  status?: Schemas['JobStatus'];
  search?: string;
  limit: number;
  all?: boolean;
}

/** `orchestrator jobs`, `status`, `watch`, `report`, `ledger`, `open`, `delete` */
export function jobCommands(program: Command): void {
  program
    .command('jobs')
    .description('list your jobs, newest first')
    .addOption(new Option('--status <status>', 'only those').choices(JobStatus.options))
    .option('--search <words>', 'only those whose title or id contains each of the words')
    .option('--limit <n>', 'how many', wholeNumber(1), 20)
    .option('--all', 'all of them, not just the first page')
    .action(
      action<ListOptions>(async (context, _args, options) => {
        const { out } = context;
        const jobs: Schemas['JobListItem'][] = [];
        let next_cursor: string | null = null;
        let printed = 0;
        for await (const page of pagesOfJobs(context, options)) {
          next_cursor = page.next_cursor;
          if (out.json) jobs.push(...page.jobs);
          else if (page.jobs.length > 0) out.print(jobTable(page.jobs, printed === 0).join('\n'));
          printed += page.jobs.length;
        }
        out.data({ jobs, next_cursor });
        if (printed === 0) out.print('There are no jobs.');
        if (next_cursor) out.note('There are more: use --limit N or --all.');
      }),
    );
  program
    .command('status')
    .description('show how a job is doing, and what you can do')
    .argument('<job>', 'id of the job')
    .action(
      action(async ({ api, out }, [job]) => {
        const view = await dataOf(
          api.GET('/orchestrate/{job_id}/status', { params: { path: { job_id: job! } } }),
        );
        out.data(view);
        out.print(jobText(view));
      }),
    );
  program
    .command('watch')
    .description('show a job live until it has ended; the exit code says how it ended')
    .argument('<job>', 'id of the job')
    .addOption(TIMEOUT_OPTION)
    .addHelpText(
      'after',
      '\nOn a terminal a tree is drawn; elsewhere every event is a line. It survives restarts of the API.\nWith --json nothing is printed but the job, once it has ended.',
    )
    .action(
      action<{ timeout?: number }>(async (context, [job], { timeout }) => {
        const view = await watchJob(context, job!, { timeout_seconds: timeout });
        context.out.data(view);
        return exitOf(view);
      }),
    );
  program
    .command('report')
    .description("print a job's report")
    .argument('<job>', 'id of the job')
    .action(
      action(async (context, [job]) => {
        const report = await readReport(context, job!);
        context.out.data({ job_id: job, report });
        if (report === null) context.out.note(`Job ${job} has no report yet.`);
        else context.out.print(harmless(report).trimEnd());
        return report === null ? EXIT.not_found : EXIT.ok;
      }),
    );
  program
    .command('ledger')
    .description('show every model call of a job and what it cost')
    .argument('<job>', 'id of the job')
    .action(
      action(async ({ api, out }, [job]) => {
        const answer = await jsonOf(
          api.GET('/orchestrate/{job_id}/ledger', { params: { path: { job_id: job! } } }),
        );
        out.data(answer);
        out.print(
          answer.ledger.length === 0 ? 'No model was called.' : ledgerTable(answer.ledger).join('\n'),
        );
      }),
    );
  program
    .command('open')
    .description('print where the job is in the Temporal Web UI')
    .argument('<job>', 'id of the job')
    .action(
      action(async ({ api, out }, [job]) => {
        const { temporal } = await dataOf(
          api.GET('/orchestrate/{job_id}/status', { params: { path: { job_id: job! } } }),
        );
        out.data(temporal);
        if (temporal.ui_url) out.print(temporal.ui_url);
        else
          out.print(
            `The address of the Web UI is not known (TEMPORAL_UI_URL); the workflow is ${temporal.workflow_id}`,
          );
      }),
    );
  program
    .command('delete')
    .description('stop a job and remove it for good')
    .argument('<job>', 'id of the job')
    .action(
      action(async ({ api, out }, [job]) => {
        const answer = await dataOf(
          api.DELETE('/orchestrate/{job_id}', { params: { path: { job_id: job! } } }),
        );
        out.data(answer);
        out.print(
          answer.cancel_requested
            ? `Job ${job} is no longer visible; what it was running is still being stopped.`
            : `Job ${job} is deleted.`,
        );
      }),
    );
}

/** The whole report of a job, from the artifact where the view holds only its beginning; null: none yet. */
export async function readReport({ api }: Context, job_id: string): Promise<string | null> {
  const view = await dataOf(api.GET('/orchestrate/{job_id}/status', { params: { path: { job_id } } }));
  if (view.synthesis_artifact_id === null) return view.synthesis;
  const path = { job_id, artifact_id: view.synthesis_artifact_id };
  return await dataOf(
    api.GET('/orchestrate/{job_id}/artifacts/{artifact_id}', { params: { path }, parseAs: 'text' }),
  );
}

/** The list page by page, each as soon as it is there. */
async function* pagesOfJobs(
  { api }: Context,
  { status, search: q, limit, all }: ListOptions,
): AsyncGenerator<Schemas['JobList']> {
  let left = all ? Number.POSITIVE_INFINITY : limit;
  let cursor: string | null = null;
  do {
    const query = {
      limit: Math.min(500, left),
      ...(status ? { status } : {}),
      ...(q === undefined ? {} : { q }),
      ...(cursor ? { cursor } : {}),
    };
    const page: Schemas['JobList'] = await dataOf(api.GET('/orchestrate/jobs', { params: { query } }));
    yield page;
    left -= page.jobs.length;
    cursor = page.next_cursor;
  } while (cursor !== null && left > 0);
}

function jobTable(jobs: Schemas['JobListItem'][], headed: boolean): string[] {
  const head = ['JOB', 'STATUS', 'TASKS', 'COST', 'CREATED', 'TITLE'].map((text) => style('dim', text));
  const rows = jobs.map(({ job_id, status, stats, budget, created_at, title }) => [
    job_id,
    status,
    `${stats.completed}/${stats.total}`,
    money(budget.spent_usd),
    localTime(created_at),
    oneLine(title, 60),
  ]);
  return table([head, ...rows]).slice(headed ? 0 : 1);
}

function ledgerTable(rows: Schemas['Ledger']['ledger']): string[] {
  const head = ['TIME', 'PURPOSE', 'TASK', 'MODEL', 'STATUS', 'TOKENS IN', 'OUT', 'COST'];
  return table([
    head.map((text) => style('dim', text)),
    ...rows.map((row) => [
      localTime(row.created_at),
      row.purpose,
      row.task_id ?? '-',
      `${row.provider} ${row.model}`,
      row.status,
      row.usage
        ? String(row.usage.input_tokens + row.usage.cache_read_tokens + row.usage.cache_write_tokens)
        : '-',
      row.usage ? String(row.usage.output_tokens) : '-',
      money(row.cost_usd),
    ]),
  ]);
}
