import { workflowsOf } from '../../../core/submission/workflow-steps.ts';
import { providerInfos } from '../../../providers/registry.ts';
import { jobsAtWork } from '../../agents/at-work.ts';
import { listAgents } from '../../agents/views.ts';
import { decodeCursor, encodeCursor } from '../../jobs/cursor.ts';
import { toMcpEvent } from './event.ts';
import type { ListInput } from './inputs.ts';
import { type Row, toMarkdown } from './markdown.ts';
import { jobLine, operationLine, type TaskLine } from './record.ts';
import type { RequestContext } from './session.ts';
import { worksInWords } from './start.ts';

/** What a view shows: its rows, and other facts. */
export interface Listing {
  title: string;
  rows: Row[];
  facts?: Record<string, unknown>;
  /** for the next page */
  next?: string;
  /** lines of text below */
  lines?: string[];
}

/** `task_list` */
export async function listView(
  ctx: RequestContext,
  input: ListInput,
): Promise<{ text: string; data: Record<string, unknown> }> {
  const listing = await VIEWS[input.view](ctx, input);
  const { rows, facts = {}, next, lines } = listing;
  const data = {
    view: input.view,
    ...facts,
    [NAMES[input.view]]: rows,
    ...(lines ? { log: lines } : {}),
    ...(next ? { next } : {}),
  };
  return { text: input.format === 'json' ? JSON.stringify(data, null, 2) : toMarkdown(listing), data };
}

const NAMES: Record<ListInput['view'], string> = {
  tasks: 'tasks',
  workers: 'workers',
  profiles: 'profiles',
  models: 'models',
  workflows: 'workflows',
  status: 'running',
  output: 'tasks',
};

const VIEWS: Record<ListInput['view'], (ctx: RequestContext, input: ListInput) => Promise<Listing>> = {
  async tasks(ctx, { limit, after }) {
    const before = after === undefined ? undefined : decodeCursor(after);
    const lines = await recentTasks(ctx, limit + 1, before);
    const page = lines.slice(0, limit);
    const last = lines.length > limit ? page.at(-1) : undefined;
    return {
      title: 'Tasks, newest first',
      rows: page.map(taskRow),
      ...(last ? { next: encodeCursor({ created_at: last.startedAt, job_id: last.id }) } : {}),
    };
  },
  async workers(ctx, { limit }) {
    const [busy, agents] = await Promise.all([jobsAtWork(ctx.deps, ctx.caller.owner), able(ctx)]);
    const rows = agents.slice(0, limit).map(({ agent_id, description, health }) => ({
      workerId: agent_id,
      status: busy.has(agent_id) ? 'working' : 'idle',
      health,
      tasks: [...new Set(busy.get(agent_id))].join(', '),
      description,
    }));
    return { title: 'Workers: for task_start {"kind":"worker","workerId":"..."}', rows };
  },
  async profiles(ctx, { limit }) {
    const agents = await able(ctx);
    const rows = agents.slice(0, limit).map(({ agent_id, kind, description, skills }) => {
      const llm = ctx.deps.config.roster.find(({ name }) => name === agent_id)?.llm;
      return {
        workerId: agent_id,
        kind,
        model: llm ? [llm.provider, llm.model].filter(Boolean).join('/') || 'default' : '',
        capabilities: skills.join(', '),
        tools: llm ? llm.tools.join(', ') : '',
        description,
      };
    });
    return { title: 'Profiles: what each worker can do, and with what', rows };
  },
  async models({ deps }, { limit }) {
    const infos = await providerInfos(deps.providers);
    const rows = infos.map(({ provider, configured, reachable, default_model, models }) => ({
      provider,
      configured,
      reachable,
      defaultModel: default_model ?? '',
      models: models.slice(0, limit).join(', '),
    }));
    return { title: 'Models: for task_start {"model":"provider/name"}', rows };
  },
  async workflows({ deps }) {
    const { workflows, security } = deps.config.config;
    const rows = Object.entries(workflowsOf(workflows.named)).map(([workflowId, { description, steps }]) => ({
      workflowId,
      steps: steps.map(({ title, agent }) => `${title} (${agent})`).join(' -> '),
      description,
    }));
    const limits = {
      maxSteps: workflows.max_steps,
      maxTaskChars: workflows.max_task_chars,
      perStepTimeoutMs: workflows.step_timeout_seconds * 1000,
      maxCarryChars: security.workflows.max_carry_chars,
    };
    return {
      title: 'Workflows: for task_start {"kind":"workflow","workflowId":"..."}',
      rows,
      facts: { limits },
    };
  },
  async status(ctx, { limit }) {
    const { deps } = ctx;
    const [lines, health] = await Promise.all([recentTasks(ctx, 200), deps.gateway.health()]);
    const counts = { running: 0, succeeded: 0, failed: 0, canceled: 0 };
    for (const { status } of lines) counts[status] += 1;
    const rows = lines.filter(({ status }) => status === 'running').slice(0, limit);
    return {
      title: 'Status: the tasks that run, and counts of the latest 200',
      rows: rows.map(taskRow),
      facts: { counts, service: { temporal: health.temporal, workers: health.workers } },
    };
  },
  async output(ctx, { limit }) {
    const { deps, caller } = ctx;
    const [lines, entries] = await Promise.all([
      recentTasks(ctx, limit),
      deps.store.readFeedEnd({ owner: caller.owner, limit }),
    ]);
    const log = entries.map(toMcpEvent).map(({ at, type, taskId, stepId, data }) => {
      const shown = JSON.stringify(data);
      return `${at} ${type} ${taskId}${stepId ? `/${stepId}` : ''} ${shown.length > 300 ? `${shown.slice(0, 300).toWellFormed()}...` : shown}`;
    });
    return { title: 'Recent tasks, and the log', rows: lines.map(taskRow), lines: log };
  },
};

/** What the caller started through this API, jobs and operations, as one list, newest first. */
async function recentTasks(
  { deps, caller }: RequestContext,
  limit: number,
  before?: ReturnType<typeof decodeCursor>,
): Promise<TaskLine[]> {
  const query = { owner: caller.owner, limit, ...(before ? { before } : {}) };
  const [jobs, operations] = await Promise.all([
    deps.store.listJobs({ ...query, face: 'tasks' }),
    deps.store.listOperations(query),
  ]);
  return [...jobs.map(jobLine), ...operations.map(operationLine)]
    .sort((a, b) =>
      a.startedAt === b.startedAt ? (a.id < b.id ? 1 : -1) : a.startedAt < b.startedAt ? 1 : -1,
    )
    .slice(0, limit);
}

const taskRow = ({ id, kind, workerId, message, status, startedAt, finishedAt }: TaskLine): Row => ({
  id,
  status,
  kind,
  workerId: workerId ?? '',
  startedAt,
  finishedAt: finishedAt ?? '',
  message: message.slice(0, 200).toWellFormed(),
});

/** Agents that a task in words can be given to. */
const able = async ({ deps, caller }: RequestContext) =>
  (await listAgents(deps, caller.owner)).filter(worksInWords);
