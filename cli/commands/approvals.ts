import { Argument, type Command } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { action } from '../context.ts';
import { style } from '../output.ts';
import { localTime, oneLine, table } from '../view/text.ts';
import { given, KEY_OPTION, keyHeader } from './common.ts';

/** `orchestrator approvals` and `decide` */
export function approvalCommands(program: Command): void {
  program
    .command('approvals')
    .description('list what waits for a person, of one job or of all')
    .argument('[job]', 'id of the job')
    .action(
      action(async ({ api, out }, [job]) => {
        const answer = await dataOf(
          job === undefined
            ? api.GET('/approvals')
            : api.GET('/orchestrate/{job_id}/approvals', { params: { path: { job_id: job } } }),
        );
        out.data(answer);
        out.print(
          answer.approvals.length === 0
            ? 'Nothing waits for you.'
            : approvalTable(answer.approvals).join('\n'),
        );
      }),
    );
  program
    .command('decide')
    .description('approve, deny or answer what waits')
    .argument('<job>', 'id of the job')
    .argument('<approval>', 'id of what waits, from `orchestrator approvals`')
    .addArgument(new Argument('<decision>', 'your word').choices(['approve', 'deny']))
    .option('--reason <text>', 'kept in the journal')
    .option('--answer <text>', 'the answer to a question, or the output of a task for a person')
    .option(...KEY_OPTION)
    .addHelpText('after', '\nExample:\n  orchestrator decide j-1a2b3c gate-publish approve')
    .action(
      action<{ reason?: string; answer?: string; idempotencyKey?: string }>(
        async ({ api, out }, [job, approval, word], { reason, answer, idempotencyKey }) => {
          const decision = word === 'approve' ? ('approve' as const) : ('deny' as const);
          const told = await dataOf(
            api.POST('/orchestrate/{job_id}/approvals/{approval_id}', {
              params: { path: { job_id: job!, approval_id: approval! }, header: keyHeader(idempotencyKey) },
              body: { decision, ...given({ reason, answer }) },
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
