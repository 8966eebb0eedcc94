import { CommandAnswer, RejectBody } from '../../contracts/command.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { untilCancelled } from '../jobs/cancel.ts';
import { command } from '../jobs/command.ts';
import { COMMAND_ERRORS } from './commands.ts';
import { IDEMPOTENCY_HEADER, jobParams } from './params.ts';

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
        200: { description: 'cancelled: nothing of the job is running any more', schema: CommandAnswer },
        202: { description: 'cancelling; what was running has not ended within 30 s', schema: CommandAnswer },
      },
      errors: COMMAND_ERRORS,
    },
    async (c, { params: { job_id }, body }) => {
      const told = await command(deps, c, job_id, 'cancel', body);
      const answer = await untilCancelled(deps, c.get('sees'), job_id, told);
      return c.json(answer, answer.cancel_requested ? 202 : 200);
    },
  );
}
