import type { Command } from 'commander';
import { dataOf } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action } from '../context.ts';
import { wholeNumber } from '../input.ts';
import { harmless } from '../view/text.ts';
import { given, KEY_OPTION, keyHeader } from './common.ts';

interface Options {
  planVersion?: number;
  note?: string;
  reason?: string;
  idempotencyKey?: string;
}

/** `orchestrator approve`, `reject`, `revise`: a person's word on a plan */
export function decisionCommands(program: Command): void {
  program
    .command('approve')
    .description('approve the plan, so that its tasks begin')
    .argument('<job>', 'id of the job')
    .option('--version, --plan-version <n>', 'the version you mean; default: the latest', wholeNumber(1))
    .option('--note <text>', 'kept with the approval')
    .option(...KEY_OPTION)
    .action(
      action<Options>(async ({ api, out }, [job], options) => {
        const path = { job_id: job! };
        const plan = await dataOf(api.GET('/orchestrate/{job_id}/plan', { params: { path } }));
        // a version is always named: what comes between reading and approving is refused, not approved unseen
        const plan_version = options.planVersion ?? plan.version;
        const body = given({ plan_version, note: options.note });
        const header = keyHeader(options.idempotencyKey);
        const answer = await dataOf(
          api.POST('/orchestrate/{job_id}/approve', { params: { path, header }, body }),
        );
        out.data(answer);
        for (const warning of plan.warnings) out.note(`Warning: ${harmless(warning)}`);
        out.print(`Version ${plan_version} of the plan is approved; job ${job}: ${answer.status}`);
        out.print(`Next: ${CLI} watch ${job}`);
      }),
    );
  program
    .command('reject')
    .description('reject the plan, which ends the job; or its repairs, and it stays in review')
    .argument('<job>', 'id of the job')
    .option('--reason <text>', 'kept with the job')
    .option(...KEY_OPTION)
    .action(
      action<Options>(async ({ api, out }, [job], { reason, idempotencyKey }) => {
        const params = { path: { job_id: job! }, header: keyHeader(idempotencyKey) };
        const answer = await dataOf(
          api.POST('/orchestrate/{job_id}/reject', { params, body: given({ reason }) }),
        );
        out.data(answer);
        out.print(
          answer.status === 'needs_review'
            ? `The repairs are rejected; job ${job} needs review.`
            : `The plan is rejected; job ${job} ends.`,
        );
      }),
    );
  program
    .command('revise')
    .description('have the plan made again with your feedback')
    .argument('<job>', 'id of the job')
    .argument('<feedback>', 'what to change')
    .option(...KEY_OPTION)
    .addHelpText('after', `\nExample:\n  ${CLI} revise j-1a2b3c "Split the report into two tasks"`)
    .action(
      action<Options>(async ({ api, out }, [job, feedback], { idempotencyKey }) => {
        const params = { path: { job_id: job! }, header: keyHeader(idempotencyKey) };
        const body = { feedback: feedback! };
        const answer = await dataOf(api.POST('/orchestrate/{job_id}/revise', { params, body }));
        out.data(answer);
        out.print(`Job ${job}: ${answer.status}`);
        out.print(`Next: ${CLI} plan ${job}`);
      }),
    );
}
