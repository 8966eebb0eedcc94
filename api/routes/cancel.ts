import { CommandAnswer, RejectBody } from '../../contracts/command.ts';
import { isClosed } from '../../contracts/status.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, endpoint } from '../endpoint.ts';
import { command } from '../jobs/command.ts';
import { waitForJob } from '../jobs/wait.ts';
import { COMMAND_ERRORS } from './commands.ts';
import { IDEMPOTENCY_HEADER, jobParams } from './params.ts';

/** How long the running work has to stop before the answer is 202. */
const CANCEL_MS = 30_000;

/** `POST /orchestrate/{job_id}/cancel` */
export function cancelRoute(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/orchestrate/{job_id}/cancel',
      operation_id: 'cancel',
      tag: 'Commands',
      summary: 'Stop everything the job is doing and end it',
      params: jobParams,
      body: RejectBody,
      body_limit: deps.config.config.limits.body_bytes,
      headers: IDEMPOTENCY_HEADER,
      answers: {
        200: { description: 'cancelled: nothing of the job runs any more', schema: CommandAnswer },
        202: { description: 'cancelling; what runs has not ended within 30 s', schema: CommandAnswer },
      },
      errors: COMMAND_ERRORS,
    },
    async (c, { params: { job_id }, body }) => {
      const answer = await command(deps, c, job_id, 'cancel', body);
      const view =
        answer.status === 'cancelled'
          ? null
          : await waitForJob(deps, c.get('sees'), job_id, CANCEL_MS, ({ status }) => isClosed(status));
      const status = view?.status ?? answer.status;
      if (view !== null ? isClosed(view.status) : status === 'cancelled')
        return c.json({ job_id, status }, 200);
      return c.json({ ...answer, job_id, status, cancel_requested: true }, 202);
    },
  );
}
