import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newJobId } from '../../api/request/ids.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { JobListItem } from '../../contracts/view.ts';
import { stats } from '../../core/journal/stats.ts';
import { budgetView } from '../../core/money/budget.ts';
import { until } from '../setup/until.ts';
import { startApi, startLoneApi, type TestApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
let ask: TestApi['ask'];
beforeAll(async () => {
  api = await startApi();
  ask = api.ask;
});
afterAll(() => api.close());

const person = { task_id: 'a', title: 'a', agent: 'human' };
const submission = (rest: Record<string, unknown> = {}) => ({
  ...{ title: 'A test', description: 'x', plan: { tasks: [person] } },
  ...rest,
});

async function listed(query: string): Promise<JobListItem[]> {
  const { status, body } = await ask('GET', `/orchestrate/jobs?limit=500&${query}`);
  expect(status).toBe(200);
  return body.jobs;
}
const ids = async (query: string) => (await listed(query)).map(({ job_id }) => job_id);
const lineOf = async (job_id: string) => (await listed(`q=${job_id}`))[0];
const statusOf = async (job_id: string) => (await ask('GET', `/orchestrate/${job_id}/status`)).body.status;

/** What becomes of a job that nothing happens to. */
const COURSE = ['planning', 'awaiting_approval', 'running', 'synthesizing', 'verifying', 'completed'];

describe('the list', () => {
  test('has a job under its status as soon as its submitter or commander was answered', async () => {
    const { body } = await ask('POST', '/orchestrate/submit', submission());
    const { job_id } = body;
    expect(body.status).toBe('awaiting_approval');
    expect(await ids('status=awaiting_approval')).toContain(job_id);
    expect(await ids('status=planning')).not.toContain(job_id);
    const steps = [
      ['approve', 'running'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['cancel', 'cancelled'],
    ] as const;
    for (const [command, status] of steps) {
      expect(await ask('POST', `/orchestrate/${job_id}/${command}`), command).toMatchObject({ status: 200 });
      expect(await ids(`status=${status}`), command).toContain(job_id);
      expect(await statusOf(job_id)).toBe(status);
      expect((await lineOf(job_id))?.status).toBe(status);
    }
  });

  test('never is behind what a reader of the job was told', async () => {
    const tasks = ['a', 'b'].map((task_id) => ({
      task_id,
      title: task_id,
      agent: 'command',
      command: 'true',
    }));
    const { body } = await ask(
      'POST',
      '/orchestrate/submit',
      submission({ plan: { tasks }, approval: 'auto' }),
    );
    const seen: number[][] = [];
    await until(
      async () => {
        const before = await statusOf(body.job_id);
        const line = (await lineOf(body.job_id))!.status;
        const after = await statusOf(body.job_id);
        seen.push([before, line, after].map((status) => COURSE.indexOf(status)));
        return after === 'completed';
      },
      { what: 'the job to complete' },
    );
    for (const places of seen) expect(places).toEqual(places.toSorted((a, b) => a - b));
    await until(() => api.store.readArchived(body.job_id), { what: 'the archive row' });
    expect(await lineOf(body.job_id)).toMatchObject({
      status: 'completed',
      stats: { total: 2, completed: 2 },
    });
    expect((await lineOf(body.job_id))?.finished_at).toBe(
      (await ask('GET', `/orchestrate/${body.job_id}`)).body.finished_at,
    );
  });

  test('follows a job that nobody reads, within the transaction of its events', async () => {
    const { body } = await ask('POST', '/orchestrate/submit', submission({ approval: 'auto' }));
    const events = await until(
      async () => {
        const found = await api.store.readEvents(body.job_id, 0, 100);
        return found.some(({ type }) => type === 'task.blocked') ? found : undefined;
      },
      { what: 'the task to wait' },
    );
    expect(events[0]?.type).toBe('job.submitted');
    expect((await lineOf(body.job_id))?.stats).toMatchObject({ total: 1, blocked: 1 });
    await ask('POST', `/orchestrate/${body.job_id}/cancel`);
  });

  test('finds by title, page by page', async () => {
    const title = `Wanted ${randomUUID()}`;
    const made: string[] = [];
    for (let n = 0; n < 3; n++) {
      made.unshift(
        (await ask('POST', '/orchestrate/submit', submission({ title: `${title} ${n}` }))).body.job_id,
      );
    }
    const q = encodeURIComponent(title.toUpperCase());
    const first = (await ask('GET', `/orchestrate/jobs?limit=2&q=${q}`)).body;
    const rest = (await ask('GET', `/orchestrate/jobs?limit=2&q=${q}&cursor=${first.next_cursor}`)).body;
    expect([...first.jobs, ...rest.jobs].map(({ job_id }) => job_id)).toEqual(made);
    expect(rest.next_cursor).toBeNull();
    expect(await ids(`q=${encodeURIComponent(`${title}%`)}`)).toEqual([]);
    expect((await ask('GET', `/orchestrate/jobs?q=${'x'.repeat(201)}`)).status).toBe(400);
  });
});

describe('a start that goes wrong', () => {
  test('killed between row and start: the same key starts the job, and it is listed once', async () => {
    const key = randomUUID();
    const job_id = newJobId('local', key);
    await api.store.addJobs([
      {
        ...{
          job_id,
          title: 'A test',
          owner: 'local',
          status: 'planning',
          stats: stats([]),
          finished_at: null,
        },
        created_at: new Date().toISOString(),
        budget: budgetView({ limit_usd: 10, spent_usd: 0, leases: {}, queue: [], exceeded: false }),
      },
    ]);
    const answer = await ask('POST', '/orchestrate/submit', submission(), { 'idempotency-key': key });
    expect(answer).toMatchObject({ status: 201, body: { job_id, status: 'awaiting_approval' } });
    expect(await ids(`q=${job_id}&status=awaiting_approval`)).toEqual([job_id]);
  });

  test('whose answer is lost: the first events of the job put it into the list', async () => {
    const key = randomUUID();
    const job_id = newJobId('local', key);
    const { gateway } = api.deps;
    const start = vi.spyOn(gateway, 'startJob').mockImplementationOnce(async (...args) => {
      start.mockRestore();
      await gateway.startJob(...args);
      throw new ProblemError({ code: 'temporal_unreachable', message: 'the answer was lost' });
    });
    const answer = await ask('POST', '/orchestrate/submit', submission(), { 'idempotency-key': key });
    expect(answer.status).toBe(503);
    await until(async () => (await lineOf(job_id))?.status === 'awaiting_approval', { what: 'the row' });
  });

  test('without Temporal leaves nothing in the list, which is answered all the same', async () => {
    const lone = await startLoneApi();
    try {
      expect((await lone.ask('POST', '/orchestrate/submit', submission())).status).toBe(503);
      expect(await lone.ask('GET', '/orchestrate/jobs')).toMatchObject({ status: 200, body: { jobs: [] } });
    } finally {
      await lone.close();
    }
  });

  test('without a worker a job is listed as planning', async () => {
    await api.worker.stopWorker();
    const { body } = await ask('POST', '/orchestrate/submit', submission(), { prefer: 'wait=0' });
    expect(body.status).toBe('planning');
    expect(await ids(`q=${body.job_id}&status=planning`)).toEqual([body.job_id]);
    await api.worker.restart();
  });
});
