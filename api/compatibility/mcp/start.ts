import type { AgentSummary } from '../../../contracts/agent.ts';
import { type FieldIssue, type Problem, ProblemError } from '../../../contracts/error.ts';
import { type JobOrigin, type JobSpec, ProviderName } from '../../../contracts/spec.ts';
import { checkSubmission } from '../../../core/submission/submission.ts';
import {
  BUILT_IN_WORKFLOW,
  oneTaskPlan,
  workflowPlan,
  workflowsOf,
} from '../../../core/submission/workflow-steps.ts';
import { currentSnapshot } from '../../jobs/snapshot.ts';
import { submitJob } from '../../jobs/submit.ts';
import { readView } from '../../jobs/view.ts';
import { bodyHash } from '../../request/json.ts';
import { contextOf } from './context.ts';
import { AWAIT_MS, type StartInput } from './inputs.ts';
import { runOperation } from './operations.ts';
import type { RequestContext } from './session.ts';

/** What `task_start` answers. */
export interface Started {
  taskId: string;
  kind: 'auto' | 'worker' | 'workflow' | 'op';
  status: 'running';
  next: string;
}

const DEFAULT_WORKER = 'general';
const MAX_ATTACHED_CHARS = 400_000;
const TITLE_CHARS = 120;

/** `task_start`: a job that approves itself and never waits for anybody, or an operation that is done at once. */
export async function startTask(ctx: RequestContext, given: StartInput): Promise<Started> {
  const input = await withEarlierWorker(ctx, given);
  const kind = kindOf(input);
  const issues = [...surplus(input, kind), ...attachmentIssues(input)];
  if (issues.length > 0) invalid(issues);
  if (kind === 'op') {
    const { operation_id } = await runOperation(ctx, input);
    return started(operation_id, kind);
  }
  const { deps, session, caller } = ctx;
  const spec = await toSpec(ctx, input, kind);
  const { answer } = await submitJob(deps, {
    owner: caller.owner,
    actor: caller.actor,
    role: caller.role,
    // a request that is sent again, because its answer was lost, starts nothing twice
    key: `mcp-session:${session.session_id}:${ctx.request_id}`,
    spec,
    body_hash: bodyHash(given),
    wait_seconds: 0,
  });
  await deps.store.addSessionJob(session.session_id, answer.job_id);
  return started(answer.job_id, kind);
}

/** Whether an agent works for itself by a text: a person can't be asked here, and a command is no task in words. */
export const worksInWords = ({ kind }: Pick<AgentSummary, 'kind'>): boolean =>
  kind !== 'human' && kind !== 'command';

/** The exact call that gives the result of a task. */
export const awaitCall = (...ids: string[]): string =>
  `task_await ${JSON.stringify(ids.length === 1 ? { taskId: ids[0], timeoutMs: AWAIT_MS } : { taskIds: ids, timeoutMs: AWAIT_MS })}`;

const started = (taskId: string, kind: Started['kind']): Started => ({
  taskId,
  kind,
  status: 'running',
  next: awaitCall(taskId),
});

/** The worker of the earlier run continues it, unless another one is asked for. */
async function withEarlierWorker({ deps, caller }: RequestContext, input: StartInput): Promise<StartInput> {
  const { continueRunId, workerId } = input;
  if (continueRunId === undefined || workerId !== undefined) return input;
  if (kindOf(input) !== 'auto' && input.kind !== 'worker') return input;
  const { origin } = await readView(deps, caller.sees, continueRunId);
  return origin?.worker ? { ...input, kind: 'worker', workerId: origin.worker } : input;
}

function kindOf({ kind, op, workerId, workflowId }: StartInput): Started['kind'] {
  if (kind !== 'auto') return kind;
  if (op !== undefined) return 'op';
  if (workflowId !== undefined) return 'workflow';
  return workerId === undefined ? 'auto' : 'worker';
}

/** Fields that belong to another kind: told, and not passed over. */
function surplus(input: StartInput, kind: Started['kind']): FieldIssue[] {
  const needs = { workerId: 'worker', workflowId: 'workflow', op: 'op', memory: 'op' } as const;
  const inRepository = kind === 'op' ? (['repository', 'baseBranch'] as const) : [];
  const ofOthers = inRepository.flatMap((field) =>
    input[field] === undefined ? [] : [{ path: field, issue: 'an operation works in no repository' }],
  );
  const misplaced = Object.entries(needs).flatMap(([field, wanted]) => {
    if (input[field as keyof typeof needs] === undefined || kind === wanted) return [];
    return [{ path: field, issue: `belongs to kind ${wanted}, and this is kind ${kind}` }];
  });
  return [...misplaced, ...ofOthers];
}

function attachmentIssues({ attachments = [] }: StartInput): FieldIssue[] {
  const chars = attachments.reduce((sum, { content }) => sum + content.length, 0);
  if (chars <= MAX_ATTACHED_CHARS) return [];
  const issue = `${chars} characters in all; at most ${MAX_ATTACHED_CHARS} are accepted. Put it where the worker can read it, and say where`;
  return [{ path: 'attachments', issue }];
}

async function toSpec(
  ctx: RequestContext,
  input: StartInput,
  kind: Exclude<Started['kind'], 'op'>,
): Promise<JobSpec> {
  const { deps, session, caller } = ctx;
  const { config } = deps.config;
  const snapshot = await currentSnapshot(deps, caller.owner);
  const { task, timeoutMs, continueRunId = null, repository, baseBranch } = input;
  const timeout_seconds = timeoutMs / 1000;
  const { provider, model } = modelOf(input);
  const worker = kind === 'worker' ? (input.workerId ?? DEFAULT_WORKER) : null;
  const workflow = kind === 'workflow' ? (input.workflowId ?? BUILT_IN_WORKFLOW) : null;
  if (worker !== null) checkWorker(snapshot.agents, worker, provider);
  const context = await contextOf(ctx, input);
  const title = titleOf(task);
  const plan =
    worker !== null
      ? oneTaskPlan({ title, description: task, agent: worker, model, timeout_seconds })
      : workflow !== null
        ? planOfWorkflow(ctx, workflow, task, model)
        : undefined;
  const checked = checkSubmission(
    {
      title,
      description: task,
      approval: 'auto',
      on_task_failure: 'fail',
      ...(plan ? { plan } : {}),
      ...(provider ? { provider } : {}),
      ...(model && !plan ? { model } : {}),
      ...(context === undefined ? {} : { context }),
      ...(repository === undefined ? {} : { repository }),
      ...(baseBranch === undefined ? {} : { base_branch: baseBranch }),
    },
    snapshot,
    config.repositories,
  );
  if (!checked.ok) throw new ProblemError(inWordsOfTools(checked.problem));
  const origin: JobOrigin = {
    face: 'tasks',
    kind,
    worker,
    workflow,
    session: session.session_id,
    continues: continueRunId,
  };
  return {
    ...checked.spec,
    attended: false,
    timeout_seconds,
    origin,
    ...(kind === 'auto' ? {} : { synthesis: 'none' as const }),
    ...(kind === 'workflow' ? { carry_chars: config.security.workflows.max_carry_chars } : {}),
  };
}

/** The fields of a submission as `task_start` has them. */
function inWordsOfTools(problem: Problem): Problem {
  const fields = problem.fields?.map(({ path, issue }) => ({
    path: path === 'base_branch' ? 'baseBranch' : path,
    issue,
  }));
  return { ...problem, ...(fields ? { fields } : {}) };
}

/** `provider/name`, or a name of whatever provider the worker has. */
function modelOf({ model }: StartInput): { provider: ProviderName | null; model: string | null } {
  if (model === undefined) return { provider: null, model: null };
  const [first, ...rest] = model.split('/');
  const provider = ProviderName.safeParse(first);
  if (!provider.success || rest.length === 0) return { provider: null, model };
  return { provider: provider.data, model: rest.join('/') };
}

function checkWorker(agents: readonly AgentSummary[], name: string, provider: ProviderName | null): void {
  const able = agents.filter(worksInWords);
  const agent = able.find((one) => one.name === name);
  if (!agent) {
    const issue = `no worker is called '${name}'; there are: ${able.map((one) => one.name).join(', ')}`;
    invalid([{ path: 'workerId', issue }]);
  }
  if (provider !== null && agent.provider !== null && agent.provider !== provider) {
    invalid([
      { path: 'model', issue: `the worker ${name} uses models of ${agent.provider}; name one of those` },
    ]);
  }
}

function planOfWorkflow({ deps }: RequestContext, name: string, task: string, model: string | null) {
  const { named, max_task_chars, step_timeout_seconds } = deps.config.config.workflows;
  const all = workflowsOf(named);
  const workflow = Object.hasOwn(all, name) ? all[name] : undefined;
  if (!workflow) {
    const issue = `no workflow is called '${name}'; there are: ${Object.keys(all).join(', ')}`;
    invalid([{ path: 'workflowId', issue }]);
  }
  if (task.length > max_task_chars) {
    const issue = `${task.length} characters; a workflow takes at most ${max_task_chars} (workflows.max_task_chars)`;
    invalid([{ path: 'task', issue }]);
  }
  return workflowPlan(workflow, task, { model, step_timeout_seconds });
}

/** The first line, as far as it is a title. */
function titleOf(task: string): string {
  const line = task.split('\n', 1)[0]!.trim();
  return line.length <= TITLE_CHARS ? line : `${line.slice(0, TITLE_CHARS - 3).toWellFormed()}...`;
}

function invalid(fields: FieldIssue[]): never {
  throw new ProblemError({ code: 'validation', message: 'Nothing was started.', fields });
}
