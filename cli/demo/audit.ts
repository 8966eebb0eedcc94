import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { artifactTable, listArtifacts } from '../commands/artifacts.ts';
import { readReport } from '../commands/jobs.ts';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';
import { readObject } from '../input.ts';
import { style } from '../output.ts';
import { planText } from '../view/plan.ts';
import { harmless } from '../view/text.ts';
import { exitOf, watchJob } from '../watch.ts';
import { heading } from './heading.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const EXAMPLE = join(CHECKOUT, 'examples/audit.yaml');

/** It takes seconds; something that waits for a person, because it went wrong, ends the demo. */
const LONGEST_SECONDS = 180;
/** So long a person at a terminal sees the gate before the demo opens it. */
const GATE_MS = 1500;

/** Audits this checkout: plan, approval, retry, gate, report. Gives the exit code. */
export async function auditDemo(context: Context): Promise<number> {
  const { api, out } = context;
  heading(context, `Submit examples/audit.yaml to ${context.address.url}`);
  const body = { ...(await readObject(EXAMPLE)), with: { checkout: CHECKOUT } };
  const { job_id, plan } = await dataOf(
    api.POST('/orchestrate/submit', { body: body as unknown as Schemas['Submission'] }),
  );
  if (!plan) throw new CliError(`Job ${job_id} has no plan yet: ${CLI} watch ${job_id}`);
  out.print(planText(plan));

  heading(context, `Approve version ${plan.version} of the plan, and watch job ${job_id}`);
  const params = { path: { job_id } };
  await dataOf(api.POST('/orchestrate/{job_id}/approve', { params, body: { plan_version: plan.version } }));
  const job = await watchJob(context, job_id, {
    timeout_seconds: LONGEST_SECONDS,
    onEvent: async (event, say) => {
      if (event.type === 'approval.requested' && event.data.kind === 'gate') {
        await openGate(context, job_id, String(event.data.approval_id), say);
      }
    },
  });

  const report = await readReport(context, job_id);
  if (report !== null) {
    heading(context, 'The report');
    out.print(harmless(report).trimEnd());
  }
  const artifacts = await listArtifacts(context, job_id);
  heading(context, 'The artifacts');
  out.print(artifactTable(artifacts).join('\n'));
  out.print(`\nRead one:  ${CLI} artifacts get ${job_id} audit.md`);
  if (job.temporal.ui_url) out.print(`In the Temporal Web UI:  ${job.temporal.ui_url}`);
  out.data({ job, report, artifacts });
  return exitOf(job);
}

/** Shows what the gate asks, and opens it. */
async function openGate(
  { api, out }: Context,
  job_id: string,
  approval_id: string,
  say: (text: string) => void,
): Promise<void> {
  const path = '/orchestrate/{job_id}/approvals' as const;
  const { approvals } = await dataOf(api.GET(path, { params: { path: { job_id } } }));
  const gate = approvals.find((approval) => approval.approval_id === approval_id);
  if (!gate) return;
  say(style('yellow', `Gate ${approval_id}: ${harmless(gate.prompt)}`));
  if (out.live) await sleep(GATE_MS);
  await dataOf(
    api.POST('/orchestrate/{job_id}/approvals/{approval_id}', {
      params: { path: { job_id, approval_id } },
      body: { decision: 'approve', reason: 'approved by the demo' },
    }),
  );
  say(style('green', `Gate ${approval_id}: approved by the demo`));
}
