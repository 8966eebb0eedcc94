import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { CliError, usageError } from '../exit.ts';
import { readJob } from '../follow-logs.ts';
import { collect, parseYaml, readObject, wholeNumber } from '../input.ts';
import { planText, type ShownPlan } from '../view/plan.ts';
import { KEY_OPTION, keyHeader } from './common.ts';

/** `orchestrator plan`, `edit-plan` and `change-plan` */
export function planCommands(program: Command): void {
  program
    .command('plan')
    .description('show the plan of a job')
    .argument('<job>', 'id of the job')
    .option('--plan-version <n>', 'an earlier version', wholeNumber(1))
    .option('--yaml', 'print it as YAML, for editing and edit-plan')
    .action(
      action<{ planVersion?: number; yaml?: boolean }>(async (context, [job], options) => {
        const plan = await readPlan(context, job!, options.planVersion);
        context.out.data(plan);
        if (options.yaml) return context.out.print(stringify(plan).trimEnd());
        // what the job says is of its latest plan
        const about = options.planVersion === undefined ? await readJob(context, job!) : undefined;
        context.out.print(planText(plan, about));
      }),
    );
  program
    .command('edit-plan')
    .description('replace the plan with an edited one, as the next version')
    .argument('<job>', 'id of the job')
    .argument('[file]', 'the edited plan, YAML or JSON, or - for stdin; without it, your $EDITOR opens')
    .option('--plan-version <n>', 'the version that was edited; default: the one in the file', wholeNumber(1))
    .option(...KEY_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  ${CLI} edit-plan j-1a2b3c
  ${CLI} plan j-1a2b3c --yaml > plan.yaml; vi plan.yaml; ${CLI} edit-plan j-1a2b3c plan.yaml`,
    )
    .action(
      action<{ planVersion?: number; idempotencyKey?: string }>(async (context, [job, file], options) => {
        const { api, out } = context;
        const edited = file === undefined ? await inEditor(context, job!) : await readObject(file);
        const version =
          options.planVersion ?? (typeof edited.version === 'number' ? edited.version : undefined);
        const answer = await dataOf(
          api.PUT('/orchestrate/{job_id}/plan', {
            params: {
              path: { job_id: job! },
              header: {
                ...keyHeader(options.idempotencyKey),
                ...(version === undefined ? {} : { 'If-Match': String(version) }),
              },
            },
            // checked by the service, which names every mistake by field
            body: edited as Schemas['PlanInput'],
          }),
        );
        out.data(answer);
        out.print(`The plan of job ${job} is now version ${answer.plan_version}; ${answer.status}`);
        out.print(`Next: ${CLI} plan ${job}`);
      }),
    );
  program
    .command('change-plan')
    .description(
      'add, change or drop tasks that have not started, even while others run, as the next version',
    )
    .argument('<job>', 'id of the job')
    .argument('[file]', 'YAML or JSON with add, change and drop, or - for stdin')
    .option('--drop <task>', 'a task to drop (repeatable)', collect)
    .option('--plan-version <n>', 'the version to change; refused if there is a newer one', wholeNumber(1))
    .option(...KEY_OPTION)
    .addHelpText(
      'after',
      `
A task under \`add\` is written as in a plan; under \`change\`, give its task_id and only the fields that
change. With \`approval: every_version\` the new version waits for approval; running tasks continue.

Examples:
  ${CLI} change-plan j-1a2b3c --drop announce
  echo '{"change": [{"task_id": "build", "timeout_seconds": 900}]}' | ${CLI} change-plan j-1a2b3c -`,
    )
    .action(
      action<{ drop?: string[]; planVersion?: number; idempotencyKey?: string }>(
        async (context, [job, file], options) => {
          if (file === undefined && !options.drop)
            throw usageError('Give a file with the change, or --drop.');
          const change = file === undefined ? {} : await readObject(file);
          const dropped = Array.isArray(change.drop) ? change.drop : [];
          const drop = [...dropped, ...(options.drop ?? [])];
          const answer = await dataOf(
            context.api.PATCH('/orchestrate/{job_id}/plan', {
              params: {
                path: { job_id: job! },
                header: {
                  ...keyHeader(options.idempotencyKey),
                  ...(options.planVersion === undefined ? {} : { 'If-Match': String(options.planVersion) }),
                },
              },
              // checked by the service, which names every mistake by field
              body: (options.drop ? { ...change, drop } : change) as Schemas['PlanChange'],
            }),
          );
          context.out.data(answer);
          context.out.print(`The plan of job ${job} is now version ${answer.plan_version}; ${answer.status}`);
          context.out.print(
            answer.status === 'awaiting_approval'
              ? `Next: ${CLI} approve ${job}`
              : `Next: ${CLI} plan ${job}`,
          );
        },
      ),
    );
}

async function readPlan({ api }: Context, job_id: string, version?: number): Promise<ShownPlan> {
  const query = version === undefined ? {} : { version };
  return await dataOf(api.GET('/orchestrate/{job_id}/plan', { params: { path: { job_id }, query } }));
}

/** Opens the plan in the user's editor; throws when nothing was changed or no editor ran. */
async function inEditor(context: Context, job_id: string): Promise<Record<string, unknown>> {
  const editor = process.env.VISUAL || process.env.EDITOR;
  if (!editor) throw usageError('Give a file with the edited plan, or set EDITOR.');
  const before = stringify(await readPlan(context, job_id));
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-plan-'));
  const file = join(folder, `${job_id}.yaml`);
  try {
    writeFileSync(file, before);
    // EDITOR may hold arguments, as git and others take it
    const { status } = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    if (status !== 0)
      throw new CliError(`${editor} ended with ${status ?? 'a signal'}; the plan is unchanged.`);
    const after = readFileSync(file, 'utf8');
    if (after === before) throw new CliError('Nothing was changed.');
    const value = parseYaml(after, file);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    throw usageError('A plan is an object with tasks.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
