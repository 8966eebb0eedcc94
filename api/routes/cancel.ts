import { CommandAnswer, RejectBody } from '../../contracts/command.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { untilCancelled } from '../jobs/cancel.ts';
import { command } from '../jobs/command.ts';
import { commandRoute } from './commands.ts';
import { jobParams } from './params.ts';

/** `POST /orchestrate/{job_id}/cancel` */
export function cancelRoute(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      ...commandRoute(deps, 'cancel'),
      params: jobParams,
      body: RejectBody,
      answers: {
        200: { description: 'cancelled: nothing of the job is running any more', schema: CommandAnswer },
        202: { description: 'cancelling; what was running has not ended within 30 s', schema: CommandAnswer },
      },
    },
    async (c, { params: { job_id }, body }) => {
      const told = await command(deps, c, job_id, 'cancel', body);
      const answer = await untilCancelled(deps, c.get('sees'), job_id, told);
      return c.json(answer, answer.cancel_requested ? 202 : 200);
    },
  );
}
