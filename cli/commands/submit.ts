import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { isClosed } from '../../contracts/status.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { EXIT, usageError } from '../exit.ts';
import { readJob } from '../follow-logs.ts';
import { amount, collect, parseYaml, readInput, readObject, wholeNumber } from '../input.ts';
import { type ParameterOptions, parameterOptions, parameterValues, withValues } from '../parameters.ts';
import { jobText } from '../view/job.ts';
import { planText } from '../view/plan.ts';
import { exitOf, watchJob } from '../watch.ts';
import { TIMEOUT_OPTION } from './common.ts';

export interface SubmitOptions extends ParameterOptions {
  title?: string;
  description?: string;
  constraint?: string[];
  criterion?: string[];
  maxWorkers?: number;
  budget?: number | 'none';
  provider?: string;
  model?: string;
  plan?: string;
  approval?: string;
  autoApprove?: boolean;
  maxRepairRounds?: number;
  onTaskFailure?: string;
  priority?: string;
  context?: string;
  webhook?: string;
  repository?: string;
  baseBranch?: string;
  setupCommand?: string;
  checkCommand?: string;
  lockCommand?: string;
  deliver?: string;
  /** false: --no-avoid-conflicts */
  avoidConflicts: boolean;
  idempotencyKey?: string;
  planWait?: number;
  wait?: boolean;
  timeout?: number;
}

const HELP = `
Examples:
  ${CLI} submit job.yaml
  ${CLI} submit job.yaml --auto-approve --wait
  cat job.json | ${CLI} submit -
  ${CLI} submit --title "Compare two libraries" --description "1. Read about both. 2. Compare them." --budget 2
  ${CLI} submit examples/audit.yaml --param checkout="$PWD"

The file is YAML or JSON with the fields of POST /orchestrate/submit, see docs/spec-reference.md; flags win over it.
\`${CLI} validate FILE\` checks it without starting anything.`;

/** `orchestrator submit` */
export function submitCommand(program: Command): void {
  specOptions(program.command('submit').description('start a job and show its plan'))
    .option('--auto-approve', 'run the plan without asking, the same as --approval auto')
    .option('--wait', 'show the job until it has ended, or waits for a person; the exit code tells how')
    .addOption(TIMEOUT_OPTION)
    .addHelpText('after', HELP)
    .action(action<SubmitOptions>(async (context, [file], options) => submit(context, file, options)));
}

/** Adds the argument and the options that say what is submitted. */
export const specOptions = (command: Command): Command =>
  parameterOptions(command)
    .argument('[file]', 'a YAML or JSON file, or - for stdin')
    .option('--title <text>', 'what the job is called')
    .option('--description <text>', 'what is to be done')
    .option('--constraint <text>', 'what limits it (repeatable)', collect)
    .option('--criterion <text>', 'how to tell that it is done (repeatable)', collect)
    .option('--plan <file>', 'the plan, as a YAML or JSON file; without one it is planned')
    .option('--max-workers <n>', 'how many tasks may run at once', wholeNumber(1))
    .option('--budget <usd>', 'the most it may cost; none = no cap', (given) =>
      given === 'none' ? given : amount(given),
    )
    .option('--provider <name>', 'provider of its models')
    .option('--model <name>', 'model that does it')
    .addOption(
      new Option('--approval <when>', 'who approves the plan').choices(['required', 'auto', 'every_version']),
    )
    .option('--max-repair-rounds <n>', 'how often unmet criteria may add tasks (1)', wholeNumber(0))
    .addOption(
      new Option('--on-task-failure <what>', 'what to do when a task fails').choices([
        'review',
        'continue',
        'fail',
      ]),
    )
    .addOption(
      new Option('--priority <p>', 'priority relative to other jobs').choices([
        'low',
        'medium',
        'high',
        'critical',
      ]),
    )
    .option('--context <file>', 'what planner and agents should know, a YAML or JSON file')
    .option('--webhook <url>', 'an address that events of the job are sent to')
    .option(
      '--repository <where>',
      'work in this repository: its URL, or its path on the machine of the service',
    )
    .option('--base-branch <name>', "the branch to start from; default: the repository's own")
    .option('--setup-command <command>', 'run before the agents begin; none = nothing')
    .option('--check-command <command>', 'decides about every merge; none = nothing')
    .option('--lock-command <command>', 'makes lock files anew; none = nothing')
    .addOption(
      new Option('--deliver <how>', 'what happens to the branch with the results').choices([
        'branch',
        'push',
        'pull_request',
      ]),
    )
    .option('--no-avoid-conflicts', 'let tasks that touch the same files run at once')
    .option(
      '--idempotency-key <key>',
      'the same key gives the same job, however often it is sent (makes retrying safe)',
    )
    .option('--plan-wait <seconds>', 'how long to wait for the plan (30)', wholeNumber(0));

/** Submits what the options say, and watches the job where they want that. Gives the exit code. */
export async function submit(
  context: Context,
  file: string | undefined,
  options: SubmitOptions,
): Promise<number> {
  const { api, out } = context;
  const body = await readSubmission(file, options);
  const answer = await dataOf(
    api.POST('/orchestrate/submit', {
      // checked by the service, which names every mistake by field
      body: body as Schemas['Submission'],
      params: {
        header: {
          ...(options.idempotencyKey === undefined ? {} : { 'Idempotency-Key': options.idempotencyKey }),
          ...(options.planWait === undefined ? {} : { Prefer: `wait=${options.planWait}` }),
        },
      },
    }),
  );
  if (!options.wait) out.data(answer);
  out.print(`Job ${answer.job_id}: ${answer.status}`);
  for (const warning of answer.warnings) out.note(`Warning: ${warning}`);
  if (answer.plan) {
    const job = body.repository === undefined ? undefined : await readJob(context, answer.job_id);
    out.print(`\n${planText(answer.plan, job)}`);
  }
  if (options.wait) {
    const job = await watchJob(context, answer.job_id, {
      timeout_seconds: options.timeout,
      until_person: true,
    });
    out.data(job);
    return exitOf(job);
  }
  if (isClosed(answer.status)) {
    const job = await readJob(context, answer.job_id);
    out.print(`\n${jobText(job)}`);
    return exitOf(job);
  }
  const next = answer.status === 'awaiting_approval' ? 'approve' : 'watch';
  out.print(`\nNext: ${CLI} ${next} ${answer.job_id}`);
  return EXIT.ok;
}

async function readSubmission(
  file: string | undefined,
  options: SubmitOptions,
): Promise<Record<string, unknown>> {
  const source = file ?? (options.title === undefined && !process.stdin.isTTY ? '-' : undefined);
  if (source === undefined && options.title === undefined) {
    throw usageError(
      `Give a file, - for stdin, or at least --title and --description. See \`${CLI} submit --help\`.`,
    );
  }
  const given = source === undefined ? {} : await readObject(source);
  return withValues({ ...given, ...(await fromFlags(options)) }, await parameterValues(options));
}

/** The fields that flags give; those that were not given are left out. */
async function fromFlags(options: SubmitOptions): Promise<Record<string, unknown>> {
  const fields = {
    title: options.title,
    description: options.description,
    constraints: options.constraint,
    acceptance_criteria: options.criterion,
    plan: options.plan === undefined ? undefined : await readObject(options.plan),
    max_workers: options.maxWorkers,
    budget_usd: options.budget === 'none' ? null : options.budget,
    provider: options.provider,
    model: options.model,
    approval: options.autoApprove ? 'auto' : options.approval,
    max_repair_rounds: options.maxRepairRounds,
    on_task_failure: options.onTaskFailure,
    priority: options.priority,
    webhook: options.webhook,
    repository: options.repository === undefined ? undefined : whereItIs(options.repository),
    base_branch: options.baseBranch,
    setup_command: orNone(options.setupCommand),
    check_command: orNone(options.checkCommand),
    lock_command: orNone(options.lockCommand),
    deliver: options.deliver,
    avoid_conflicts: options.avoidConflicts ? undefined : false,
    context:
      options.context === undefined
        ? undefined
        : parseYaml(await readInput(options.context), options.context),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const orNone = (command: string | undefined): string | null | undefined =>
  command === 'none' ? null : command;

/** A path is meant from where one stands; the service wants it whole. */
const whereItIs = (where: string): string => (/^(\.{1,2}(\/|$)|~\/)/.test(where) ? absolute(where) : where);

const absolute = (path: string): string =>
  path.startsWith('~') ? join(homedir(), path.slice(2)) : resolve(path);
