import { z } from 'zod';
import { AgentAnswer } from '../../contracts/http-agent.ts';
import { storeAgentAnswer } from '../../store/agents/answer.ts';
import type { Callback } from '../../store/index.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { isWorkflowGone } from '../gateway/index.ts';
import { callbackGone, openCallback } from '../jobs/callbacks.ts';

const Taken = z.object({ status: z.literal('taken') }).meta({ id: 'CallbackTaken' });

/** `POST /callbacks/{token}`: the one answer of an agent over HTTP that had said 202 */
export function callbackRoute(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/callbacks/{token}',
      operation_id: 'answerCallback',
      tag: 'Agents',
      summary: "An agent's answer to a brief; the address accepts one answer, and contains its own secret",
      params: { token: z.string().regex(/^[\w-]{1,200}$/) },
      // anyone may call: a body is worth reading only at an address that was given out
      before_body: ({ token }) => openCallback(deps, token),
      body: AgentAnswer,
      body_limit: deps.config.config.limits.body_bytes,
      answers: { 200: { description: 'the task has it', schema: Taken } },
      errors: ['gone', 'temporal_unreachable', 'database_unreachable'],
    },
    async (c, { params: { token }, body }) => {
      await handOver(deps, await openCallback(deps, token), body);
      // last, so that an answer which got lost on the way may be sent again
      if (!(await deps.store.markCallbackUsed(token))) callbackGone('was used already');
      return c.json({ status: 'taken' as const });
    },
  );
}

async function handOver(deps: ApiDeps, callback: Callback, answer: AgentAnswer): Promise<void> {
  const { job_id, task_id, workflow_id, attempt } = callback;
  const stored = await storeAgentAnswer(deps.store, { job_id, task_id, answer });
  try {
    await deps.gateway.signalCallback(workflow_id, {
      attempt,
      ...stored,
      error: deps.store.mask.json(answer.error ?? null),
    });
  } catch (error) {
    if (isWorkflowGone(error)) callbackGone('belongs to a task that has ended');
    throw error;
  }
}
