import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { jobWorkflowId } from '../../contracts/names.ts';
import { reportMessage } from '../../core/messages/report-message.ts';
import { sendMessage } from '../messages.ts';
import type { Job } from './context.ts';

/** Sends the job's result to the one that asked for it, if there is one. It does no harm if that one is gone. */
export async function reportBack({ state }: Job): Promise<void> {
  const { report_to } = state.spec;
  if (report_to === undefined) return;
  const { job_id, to } = report_to;
  const message = { to, content: reportMessage(state), actor: `plan ${state.job_id}` };
  await getExternalWorkflowHandle(jobWorkflowId(job_id))
    .signal(sendMessage, message)
    .catch(() => undefined);
}
