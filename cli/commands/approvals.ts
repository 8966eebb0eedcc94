import { Argument, type Command } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action } from '../context.ts';
import { parseObject } from '../input.ts';
import { style } from '../output.ts';
import { exact, harmless, hiddenNotice, indent, localTime, oneLine, table } from '../view/text.ts';
import { given, KEY_OPTION, keyHeader } from './common.ts';

interface Options {
  reason?: string;
  answer?: string;
  arguments?: string;
  idempotencyKey?: string;
}

const HOW_TO_DECIDE = `Decide: ${CLI} decide JOB APPROVAL approve (or deny); a question: approve --answer TEXT; other arguments: approve --arguments JSON`;

/** `orchestrator approvals` and `decide` */
export function approvalCommands(program: Command): void {
  program
    .command('approvals')
    .description('list what is waiting for a person, in one job or in all')
    .argument('[job]', 'id of the job')
    .action(
      action(async ({ api, out }, [job]) => {
        const answer = await dataOf(
          job === undefined
            ? api.GET('/approvals')
            : api.GET('/orchestrate/{job_id}/approvals', { params: { path: { job_id: job } } }),
        );
        out.data(answer);
        out.print(answer.approvals.length === 0 ? 'Nothing waits for you.' : approvalsText(answer.approvals));
      }),
    );
  program
    .command('decide')
    .description('approve, deny or answer what waits')
    .argument('<job>', 'id of the job')
    .argument('<approval>', `id of what waits, from \`${CLI} approvals\``)
    .addArgument(new Argument('<decision>', 'your word').choices(['approve', 'deny']))
    .option('--reason <text>', 'recorded in the journal, and read by the agent that asked')
    .option('--answer <text>', 'the answer to a question, or the output of a task for a person')
    .option('--arguments <json>', 'approve a tool call with these arguments instead (give all of them)')
    .option(...KEY_OPTION)
    .addHelpText(
      'after',
      `\nExamples:\n  ${CLI} decide j-1a2b3c gate-publish approve
  ${CLI} decide j-1a2b3c ask-ship-1-1-toolu_9 approve --arguments '{"command": "make test"}'`,
    )
    .action(
      action<Options>(
        async (
          { api, out },
          [job, approval, word],
          { reason, answer, arguments: edited, idempotencyKey },
        ) => {
          const decision = word === 'approve' ? ('approve' as const) : ('deny' as const);
          const told = await dataOf(
            api.POST('/orchestrate/{job_id}/approvals/{approval_id}', {
              params: { path: { job_id: job!, approval_id: approval! }, header: keyHeader(idempotencyKey) },
              body: { decision, ...given({ reason, answer, arguments: toArguments(edited) }) },
            }),
          );
          out.data(told);
          out.print(
            `${approval}: ${decision === 'approve' ? 'approved' : 'denied'}; job ${job}: ${told.status}`,
          );
        },
      ),
    );
}

function approvalsText(approvals: Schemas['Approval'][]): string {
  const notice = hiddenNotice(approvals);
  const decidable = approvals.some(({ actions }) => actions === undefined);
  return [
    ...approvalTable(approvals),
    ...asked(approvals),
    ...reviewed(approvals),
    ...(notice.length > 0 ? ['', ...notice] : []),
    ...(decidable ? ['', HOW_TO_DECIDE] : []),
  ].join('\n');
}

/** What went wrong, and the commands that can be given about it. */
function reviewed(approvals: Schemas['Approval'][]): string[] {
  return approvals.flatMap(({ job_id, approval_id, task_id, prompt, actions }) =>
    actions === undefined
      ? []
      : [
          '',
          style('bold', approval_id),
          indent(harmless(prompt), 2),
          ...actions.map((action) => indent(`orchestrator ${COMMAND[action](job_id, task_id ?? '')}`, 4)),
        ],
  );
}

type Action = NonNullable<Schemas['Approval']['actions']>[number];

const COMMAND: Record<Action, (job: string, task: string) => string> = {
  retry: (job, task) => `retry ${job} ${task}`,
  skip: (job, task) => `skip ${job} ${task}`,
  finish: (job) => `finish ${job}`,
  cancel: (job) => `cancel ${job}`,
  add_budget: (job) => `budget ${job} USD`,
};

function approvalTable(approvals: Schemas['Approval'][]): string[] {
  const head = ['JOB', 'APPROVAL', 'KIND', 'SINCE', 'EXPIRES', 'WHAT'].map((text) => style('dim', text));
  const rows = approvals.map(({ job_id, approval_id, kind, requested_at, expires_at, prompt }) => [
    job_id,
    approval_id,
    kind,
    localTime(requested_at),
    expires_at === null ? '-' : localTime(expires_at),
    oneLine(prompt, 80),
  ]);
  return table([head, ...rows]);
}

/** What agents ask, whole: nobody should approve a call without its arguments. */
function asked(approvals: Schemas['Approval'][]): string[] {
  return approvals
    .filter(({ kind }) => kind === 'tool_call' || kind === 'question')
    .flatMap(({ approval_id, prompt, arguments: given }) => [
      '',
      style('bold', approval_id),
      indent(exact(prompt), 2),
      ...Object.entries(given ?? {}).map(([name, value]) =>
        indent(`${exact(name)}: ${indent(exact(argumentText(value)), 4).trimStart()}`, 4),
      ),
    ]);
}

const argumentText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const toArguments = (json: string | undefined) =>
  json === undefined ? undefined : parseObject(json, '--arguments');
