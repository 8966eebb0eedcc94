import { Context } from '@temporalio/activity';
import type { AttemptError, AttemptRequest, AttemptResult } from '../../contracts/attempt.ts';
import type { HttpAgentConfig, RosterAgent } from '../../contracts/config.ts';
import type { AgentBrief } from '../../contracts/http-agent.ts';
import { taskWorkflowId } from '../../contracts/names.ts';
import { matchAgent } from '../../core/agents/match.ts';
import { attemptSeconds } from '../../core/schedule/attempt-time.ts';
import { resolveSecrets } from '../../core/text/secrets.ts';
import { storeAgentAnswer } from '../../store/agents/answer.ts';
import { attemptFailure } from '../attempt-failure.ts';
import { startHeartbeat } from '../heartbeat.ts';
import { briefFor } from './brief.ts';
import type { HttpAgentDeps } from './deps.ts';
import { postJson } from './post.ts';
import { type ReadAnswer, readAnswer } from './read-answer.ts';
import { toldOf } from './told.ts';

/** How long a registered agent may take for its first answer; one of the config has a setting of its own. */
const FIRST_ANSWER_SECONDS = 30;

/**
 * One attempt of a task whose agent speaks HTTP: posts the brief once and reads the answer. An agent that
 * nobody reaches, or that says 503, blocks the task; a 202 leaves it waiting for its callback. Runs inside an
 * activity; its cancellation ends the request.
 * @throws ApplicationFailure of type ATTEMPT_FAILED with an AttemptError; CancelledFailure
 */
export async function callHttpAgent(request: AttemptRequest, deps: HttpAgentDeps): Promise<AttemptResult> {
  const context = Context.current();
  const agent = findHttpAgent(request, deps.roster);
  if (!agent) return wait(noAgent(request), request, deps);
  const { values: headers, missing } = resolveSecrets(agent.headers, deps.secret);
  if (missing.length > 0) throw attemptFailure(missingSecrets(agent.name, missing));

  const deadline = context.info.scheduledTimestampMs + attemptSeconds(request) * 1000;
  const deadline_at = new Date(deadline).toISOString();
  const token = await deps.store.createCallback({
    job_id: request.job_id,
    task_id: request.task.task_id,
    workflow_id: taskWorkflowId(request.job_id, request.task.task_id),
    attempt: request.attempt,
    expires_at: deadline_at,
  });
  const told = await toldOf(request, deps.store.readOutput);
  const stopHeartbeat = startHeartbeat(context, request.heartbeat_seconds);
  let waits = false;
  try {
    const result = await postJson({ tools: deps.config.tools, lookup: deps.lookup }, agent.base_url, {
      body: {
        ...briefFor(told, { public_url: deps.public_url, deadline_at, token }),
        callback_url: `${deps.public_url}/callbacks/${token}`,
      } satisfies AgentBrief,
      headers: { ...headers, 'idempotency-key': idempotencyKey(request) },
      timeout_seconds: agent.answer_timeout_seconds,
      signal: context.cancellationSignal,
    });
    const read = readAnswer(agent, result, deps.mask);
    waits = read.kind === 'later';
    return await settle(read, request, { ...deps, agent });
  } catch (error) {
    // the SDK's own failure, by which Temporal knows a cancellation
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw error;
  } finally {
    stopHeartbeat();
    // an attempt that is over takes no late answer
    if (!waits) await deps.store.markCallbackUsed(token);
  }
}

async function settle(
  read: ReadAnswer,
  request: AttemptRequest,
  deps: HttpAgentDeps & { agent: HttpAgentConfig },
): Promise<AttemptResult> {
  const { worker, store } = deps;
  const agent = deps.agent.name;
  switch (read.kind) {
    case 'done': {
      const { job_id, task } = request;
      const stored = await storeAgentAnswer(store, { job_id, task_id: task.task_id, answer: read.answer });
      return { status: 'completed', ...stored, worker, agent };
    }
    case 'later':
      return { status: 'waiting_callback', worker, agent };
    case 'unavailable':
      return wait({ status: 'blocked', reason: 'no_agent', message: read.message, agent }, request, deps);
    case 'failed':
      throw attemptFailure(read.error);
  }
}

/** Puts the task in line for an agent of the roster; for registered ones, whoever chose it does. */
async function wait(
  result: AttemptResult,
  { job_id, owner, task, agent, target }: AttemptRequest,
  { store }: Pick<HttpAgentDeps, 'store'>,
): Promise<AttemptResult> {
  if (target) return result;
  const { task_id, capabilities } = task;
  await store.addWaiting({ job_id, task_id, owner, agent: agent ?? task.agent, capabilities });
  return result;
}

function findHttpAgent(
  { task, agent: chosen, target }: AttemptRequest,
  roster: readonly RosterAgent[],
): HttpAgentConfig | undefined {
  const name = chosen ?? task.agent;
  if (target?.base_url && name) {
    const { base_url } = target;
    return {
      name,
      base_url,
      description: '',
      capabilities: [],
      headers: {},
      answer_timeout_seconds: FIRST_ANSWER_SECONDS,
    };
  }
  const candidates = roster.filter((agent) => agent.http !== undefined);
  const found = name
    ? candidates.find((agent) => agent.name === name)
    : matchAgent(task.capabilities, candidates);
  return found?.http;
}

function noAgent({ task, agent }: AttemptRequest): AttemptResult {
  const name = agent ?? task.agent;
  const wanted = name ? `is called \`${name}\`` : `can do ${task.capabilities.join(', ') || 'this task'}`;
  const message = `No agent over HTTP ${wanted}. Add it under agents: in orchestrator.yaml, or retry the task with another agent.`;
  return { status: 'blocked', reason: 'no_agent', message, agent: name };
}

function missingSecrets(agent: string, names: string[]): AttemptError {
  const variables = names.map((name) => `ORCHESTRATOR_SECRET_${name}`).join(', ');
  const message = `The agent \`${agent}\` needs ${names.map((name) => `\${secret:${name}}`).join(', ')} in its headers. Set ${variables} in the worker's environment.`;
  return { code: 'secret_missing', message, retryable: false };
}

/** Lets an agent recognize a brief that is posted again because a worker was lost. */
function idempotencyKey({ job_id, task, generation, attempt }: AttemptRequest): string {
  return `${job_id}/${task.task_id}/${generation}/${attempt}`;
}
