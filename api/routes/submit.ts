import { ProblemError } from '../../contracts/error.ts';
import { Submission } from '../../contracts/submission.ts';
import { SubmitAnswer } from '../../contracts/view.ts';
import { checkSubmission } from '../../core/submission/submission.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { withAgentModels } from '../jobs/agent-models.ts';
import { currentSnapshot } from '../jobs/snapshot.ts';
import { submitJob } from '../jobs/submit.ts';
import { idempotencyKey } from '../request/ids.ts';
import { bodyHash } from '../request/json.ts';
import { preferredWait } from '../request/prefer.ts';
import { IDEMPOTENCY_HEADER } from './params.ts';

/** `POST /orchestrate/submit` */
export function submitRoute(api: Api, deps: ApiDeps): void {
  const { config } = deps.config;
  endpoint(
    api,
    {
      method: 'post',
      path: '/orchestrate/submit',
      operation_id: 'submit',
      tag: 'Jobs',
      summary: 'Start a job and wait for its plan',
      body: Submission,
      body_limit: config.limits.body_bytes,
      yaml: true,
      unchecked: true,
      headers: {
        ...IDEMPOTENCY_HEADER,
        Prefer: '`wait=N`: seconds to wait for the plan, 0 to 180; 30 without',
      },
      answers: {
        201: { description: 'started, and the plan is there', schema: SubmitAnswer, headers: LOCATION },
        202: { description: 'started and still planning', schema: SubmitAnswer, headers: LOCATION },
        200: { description: 'the job that this key started earlier', schema: SubmitAnswer },
      },
      errors: ['idempotency_conflict', 'gone', 'temporal_unreachable', 'no_worker', 'rate_limited'],
    },
    async (c, { body }) => {
      const key = idempotencyKey(c.req.header('idempotency-key'));
      const checked = checkSubmission(body, await currentSnapshot(deps, c.get('owner')), config.repositories);
      if (!checked.ok) throw new ProblemError(checked.problem);
      const { answer, repeated } = await submitJob(deps, {
        owner: c.get('owner'),
        actor: c.get('actor'),
        role: c.get('role'),
        key,
        spec: withAgentModels(deps, checked.spec),
        body_hash: bodyHash(body),
        wait_seconds: preferredWait(c.req.header('prefer')),
      });
      if (repeated) return c.json(answer, 200);
      c.header('Location', `/orchestrate/${answer.job_id}/status`);
      return c.json(answer, answer.status === 'planning' ? 202 : 201);
    },
  );
}

const LOCATION = { Location: 'where the status of the job is' };
