import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wordOf } from '../../api/compatibility/brokerage/status.ts';
import { STATUS_WORDS } from '../../api/compatibility/mcp/words.ts';
import { planStatus } from '../../api/compatibility/plans/words.ts';
import type { JobStatus } from '../../contracts/status.ts';
import { openStage, type Stage } from '../brokerage/setup.ts';
import { until } from '../setup/until.ts';

/** What each status is called by agent brokerage, by chat-side plans and by the tools over MCP. */
const WORDS: Record<JobStatus, [string, string, string]> = {
  planning: ['planned', 'planning', 'running'],
  awaiting_approval: ['planned', 'planning', 'running'],
  running: ['running', 'executing', 'running'],
  paused: ['blocked', 'executing', 'running'],
  needs_review: ['blocked', 'failed', 'failed'],
  synthesizing: ['running', 'synthesizing', 'running'],
  verifying: ['running', 'synthesizing', 'running'],
  completed: ['completed', 'completed', 'succeeded'],
  failed: ['failed', 'failed', 'failed'],
  rejected: ['failed', 'failed', 'failed'],
  cancelled: ['failed', 'failed', 'canceled'],
};

/** Longer than what travels in the status itself. */
const LONG = `The gate is forged. ${'It is heavy. '.repeat(300)}`.trim();

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;

let stage: Stage;
let mcp: Client;
beforeAll(async () => {
  stage = await openStage();
  const says = (answer: object) => (response: import('node:http').ServerResponse) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  };
  await stage.agent('smith', says({ output: LONG }));
  await stage.agent('clerk', says({ outputs: { pages: 2 } }));
  await stage.agent('rogue', says({ error: { code: 'no', message: 'I do not.', retryable: false } }));
  mcp = new Client({ name: 'a test', version: '1' });
  await mcp.connect(new StreamableHTTPClientTransport(new URL(`${stage.service.url}/mcp`)));
}, 120_000);
afterAll(async () => {
  await mcp?.close();
  await stage?.close();
});

const get = async (path: string): Promise<Body> => {
  const { status, body } = await stage.ask('GET', path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
};
const tool = async (name: string, input: object): Promise<Body> => {
  const result = await mcp.callTool({ name, arguments: { ...input } });
  if (result.isError) throw new Error(JSON.stringify(result.content));
  return result.structuredContent;
};

/** The jobs that were read. */
const told = new Set<string>();

/** Reads a job in every API and compares what they say. Returns what the canonical API says. */
async function tellsOneStory(job_id: string, status: JobStatus): Promise<Body> {
  const job: Body = await until(
    async () => {
      const body = await get(`/orchestrate/${job_id}/status`);
      return body.status === status ? body : undefined;
    },
    { timeoutMs: 60_000, what: `${job_id} to be ${status}` },
  );
  told.add(job_id);
  const task_id = job.brokered?.task_id ?? job_id;
  const brokered = await get(`/tasks/${encodeURIComponent(task_id)}`);
  const { plan, subtasks } = await get(`/v1/orchestrate/${job_id}`);
  const record = await tool('task_peek', { taskId: job_id });

  expect([brokered.status, plan.status, record.status]).toEqual(WORDS[status]);
  expect([brokered.paused, brokered.needs_review]).toEqual([status === 'paused', status === 'needs_review']);
  expect([brokered.task_id, brokered.job_id, plan.id, record.id]).toEqual([task_id, job_id, job_id, job_id]);
  if (WORDS[status][1] === 'failed') expect(plan.reason).toEqual(expect.any(String));
  if (['failed', 'rejected', 'cancelled'].includes(status))
    expect(brokered.reason).toEqual(expect.any(String));

  const { created_at, finished_at, tasks } = job;
  expect([plan.createdAt, record.startedAt]).toEqual([created_at, created_at]);
  expect([plan.completedAt, record.finishedAt]).toEqual([finished_at, finished_at]);
  const { status_history: history } = brokered;
  // the first is written when a worker has taken the job
  expect(Date.parse(history[0].at)).toBeGreaterThanOrEqual(Date.parse(created_at));
  expect(history.at(-1).status).toBe(brokered.status);
  if (finished_at) {
    const took_ms = Date.parse(finished_at) - Date.parse(created_at);
    expect(history.at(-1).at).toBe(finished_at);
    expect([brokered.metrics.elapsed_seconds, record.durationMs]).toEqual([took_ms / 1000, took_ms]);
  }

  const times = tasks.map(({ started_at, finished_at: end }: Body) => [started_at, end]);
  expect(brokered.subtasks.map((one: Body) => [one.started_at, one.finished_at])).toEqual(times);
  expect(subtasks.map((one: Body) => [one.startedAt, one.completedAt])).toEqual(times);
  const agents = tasks.map(({ agent }: Body) => agent);
  expect(subtasks.map((one: Body) => one.agent)).toEqual(agents);
  expect(record.report.steps.map(({ workerId }: Body) => workerId)).toEqual(agents);
  const names = brokered.subtasks.map(({ subtask_id }: Body) => subtask_id);
  const behind = tasks.map(({ depends_on }: Body) =>
    depends_on.map((id: string) => tasks.findIndex((one: Body) => one.task_id === id)),
  );
  expect(subtasks.map(({ dependencies }: Body) => dependencies)).toEqual(behind);
  expect(brokered.subtasks.map(({ dependencies }: Body) => dependencies)).toEqual(
    behind.map((of: number[]) => of.map((index) => names[index])),
  );

  for (const [index, { status: state, outputs, output_preview }] of tasks.entries()) {
    const { result } = subtasks[index];
    const told = brokered.subtasks[index].outputs;
    if (state !== 'completed') expect([result, told]).toEqual([undefined, null]);
    else if (outputs) expect([told, result]).toEqual([outputs, JSON.stringify(outputs)]);
    else {
      expect(told).toEqual({ output: result });
      expect(result.startsWith(output_preview)).toBe(true);
    }
  }
  if (status === 'completed') {
    const single = job.synthesis === null;
    expect(record.responseText).toBe(single ? subtasks.at(-1).result : plan.result);
  }
  return { job, brokered, plan, subtasks, record };
}

test('every status has the word of the table in each API', () => {
  for (const [status, words] of Object.entries(WORDS) as [JobStatus, (typeof WORDS)[JobStatus]][]) {
    expect([wordOf(status, false), planStatus(status), STATUS_WORDS[status]], status).toEqual(words);
  }
});

test('a job of the canonical API, at every step', { timeout: 180_000 }, async () => {
  const { body } = await stage.ask('POST', '/orchestrate/submit', {
    title: 'A gate',
    description: 'Forge it and write it down',
    plan: {
      tasks: [
        { task_id: 'ask', title: 'Ask', agent: 'human' },
        { task_id: 'forge', title: 'Forge', agent: 'smith', depends_on: ['ask'] },
        {
          task_id: 'note',
          title: 'Note',
          agent: 'clerk',
          depends_on: ['ask', 'forge'],
          approval: 'required',
        },
      ],
    },
  });
  const { job_id } = body;
  const post = (path: string, sent: object) => stage.ask('POST', `/orchestrate/${job_id}/${path}`, sent);
  await tellsOneStory(job_id, 'awaiting_approval');
  // approved in the words of another API
  const executed = await stage.ask('POST', `/execute/${job_id}`, {});
  expect([executed.status, executed.body]).toEqual([200, { task_id: job_id, status: 'running' }]);
  await tellsOneStory(job_id, 'running');
  await post('pause', {});
  await tellsOneStory(job_id, 'paused');
  await stage.ask('POST', `/execute/${job_id}`, {});
  await tellsOneStory(job_id, 'running');
  await post('task/ask/complete', { output: 'Iron.' });
  // while a gate waits, agent brokerage says blocked, though the job runs
  const gate = await stage.reach(job_id, 'blocked');
  expect(gate.subtasks.map(({ state }: Body) => state)).toEqual(['completed', 'completed', 'blocked']);
  await stage.ask('POST', `/execute/${job_id}`, {});
  const { job, subtasks, plan } = await tellsOneStory(job_id, 'completed');
  expect(subtasks.map(({ result }: Body) => result)).toEqual(['Iron.', LONG, '{"pages":2}']);
  expect(plan.result).toContain(job.synthesis.slice(0, 100));
});

test('a job of agent brokerage', { timeout: 120_000 }, async () => {
  const request = { task_id: 'story 2', title: 'A gate', description: '- Have @smith forge the gate' };
  const { body } = await stage.ask('POST', '/orchestrate', request);
  await tellsOneStory(body.job_id, 'awaiting_approval');
  await stage.ask('POST', '/execute/story%202', {});
  const { brokered } = await tellsOneStory(body.job_id, 'completed');
  expect(brokered.subtasks[0]).toMatchObject({ subtask_id: 'smith::story 2::1', outputs: { output: LONG } });
  // by the id of the job it is the same
  expect(await get(`/tasks/${body.job_id}`)).toEqual(brokered);
});

test('a chat-side plan', { timeout: 120_000 }, async () => {
  const { body } = await stage.ask('POST', '/v1/orchestrate', {
    taskDescription: '1. Have @smith forge the gate\n2. Have @clerk note it',
  });
  const { job, subtasks } = await tellsOneStory(body.planId, 'completed');
  expect(job.origin.face).toBe('plans');
  expect(subtasks.map(({ agent }: Body) => agent)).toEqual(['smith', 'clerk']);
  const failing = await stage.ask('POST', '/v1/orchestrate', { taskDescription: '- Have @rogue do it' });
  await tellsOneStory(failing.body.planId, 'failed');
});

test('a task over MCP, one that is done and one that is stopped', { timeout: 120_000 }, async () => {
  const { taskId } = await tool('task_start', { task: 'Forge the gate', workerId: 'smith' });
  const { record, subtasks } = await tellsOneStory(taskId, 'completed');
  expect([record.workerId, record.responseText]).toEqual(['smith', LONG]);
  expect(subtasks).toHaveLength(1);

  const slow = await stage.agent('slow', (response) => response.writeHead(202).end());
  const other = await tool('task_start', { task: 'Take your time', workerId: 'slow' });
  await until(() => slow.received.length === 1, { what: 'the brief' });
  await tellsOneStory(other.taskId, 'running');
  await tool('task_cancel', { taskId: other.taskId, reason: 'no longer needed' });
  await tellsOneStory(other.taskId, 'cancelled');
});

test('a job that needs a person, and one that was rejected', { timeout: 120_000 }, async () => {
  const submit = async (approval: string, agent: string): Promise<string> => {
    const plan = { tasks: [{ task_id: 'only', title: 'Only', agent }] };
    const sent = { title: 'A gate', description: 'x', approval, plan };
    return (await stage.ask('POST', '/orchestrate/submit', sent)).body.job_id;
  };
  const review = await submit('auto', 'rogue');
  const { brokered } = await tellsOneStory(review, 'needs_review');
  expect(brokered.subtasks[0]).toMatchObject({ state: 'failed', reason: 'I do not.' });
  await stage.ask('POST', `/orchestrate/${review}/finish`, {});
  const rejected = await submit('required', 'human');
  await stage.ask('POST', `/orchestrate/${rejected}/reject`, { reason: 'not now' });
  await tellsOneStory(rejected, 'rejected');
});

test('the canonical list has all jobs, each compatibility API lists its own', async () => {
  const listed = async (): Promise<string[]> =>
    (await get('/orchestrate/jobs?limit=500')).jobs.map(({ job_id }: Body) => job_id);
  await until(async () => told.isSubsetOf(new Set(await listed())), { what: 'the list to have all' });
  const all: Body[] = (await get('/orchestrate/jobs?limit=500')).jobs;
  const jobs = all.map(({ job_id }) => job_id);
  const ofApi = (name: string) =>
    all.filter(({ origin }) => origin?.face === name).map(({ job_id }) => job_id);
  const plans = (await get('/v1/orchestrate/plans?limit=500')).plans.map(({ id }: Body) => id);
  const { tasks } = await tool('task_list', { limit: 200 });
  expect(jobs.length).toBeGreaterThan(6);
  expect(plans).toEqual(ofApi('plans'));
  expect(plans).toHaveLength(2);
  expect(tasks.map(({ id }: Body) => id)).toEqual(ofApi('tasks'));
  expect(tasks).toHaveLength(2);
  for (const status of ['completed', 'failed']) {
    const some = (await get(`/v1/orchestrate/plans?status=${status}`)).plans;
    expect(some, status).toHaveLength(1);
  }
  expect((await get('/projects')).projects).toEqual([]);
});
