import { afterAll, beforeAll, expect, test } from 'vitest';
import { COUNTERS, LATENCY } from '../../core/journal/counts.ts';
import { startApi } from '../api/setup.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { readSamples, type Samples } from './samples.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api.close());

async function scrape(): Promise<Samples> {
  const response = await api.app.request('/metrics');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  return readSamples(await response.text());
}

/** What a finished, a failed and a waiting job leave, asked for until the last second's events are there. */
async function scrapeUntil(what: string, isThere: (samples: Samples) => boolean): Promise<Samples> {
  return await until(
    async () => {
      const samples = await scrape();
      return isThere(samples) ? samples : undefined;
    },
    { timeoutMs: 60_000, what },
  );
}

test('metrics have the values of the jobs that ran, and go on after a restart', {
  timeout: 180_000,
}, async () => {
  const before = await scrape();
  expect(before.get('orchestrator_tasks_active')).toBe(0);
  expect(before.get('orchestrator_subtask_failures_total{reason="command_failed"}')).toBe(0);

  const done = await startJob(api.worker, {
    plan: planOf([
      { task_id: 'first', command: 'sleep 0.3' },
      { task_id: 'second', depends_on: ['first'] },
    ]),
  });
  const failed = await startJob(api.worker, {
    plan: planOf([
      { task_id: 'broken', command: 'exit 3', max_attempts: 2 },
      { task_id: 'behind', depends_on: ['broken'] },
    ]),
    on_task_failure: 'fail',
  });
  const waiting = await startJob(api.worker, {
    plan: planOf([
      { task_id: 'gated', approval: 'required' },
      { task_id: 'long', command: 'sleep 60' },
    ]),
  });
  expect(await done.result()).toMatchObject({ status: 'completed' });
  expect(await failed.result()).toMatchObject({ status: 'failed' });

  const samples = await scrapeUntil(
    'the live job to be seen',
    (now) => now.get('orchestrator_tasks_active') === 1,
  );
  expect(samples.get('orchestrator_jobs{status="running"}')).toBe(1);
  expect(samples.get('orchestrator_tasks{status="awaiting_approval"}')).toBe(1);
  expect(samples.get('orchestrator_approvals_waiting{kind="gate"}')).toBe(1);
  expect(samples.get('orchestrator_jobs_submitted_total')).toBe(3);
  expect(samples.get('orchestrator_jobs_finished_total{status="completed"}')).toBe(1);
  expect(samples.get('orchestrator_jobs_finished_total{status="failed"}')).toBe(1);
  expect(samples.get('orchestrator_subtasks_completed_total')).toBe(2);
  expect(samples.get('orchestrator_subtask_failures_total{reason="command_failed"}')).toBe(1);
  expect(samples.get('orchestrator_subtask_retries_total{by="back-off"}')).toBe(1);
  expect(samples.get('orchestrator_approvals_requested_total{kind="gate"}')).toBe(1);
  expect(samples.get('orchestrator_workers')).toBe(1);
  expect(samples.get('orchestrator_queue_depth{queue="activities"}')).toBeGreaterThanOrEqual(0);
  expect(samples.get('orchestrator_metrics_source_up{source="database"}')).toBe(1);

  expect(samples.get(`${LATENCY}_count{phase="run"}`)).toBe(3);
  expect(samples.get(`${LATENCY}_count{phase="job"}`)).toBe(2);
  expect(samples.get(`${LATENCY}_count{phase="plan"}`)).toBe(3);
  expect(samples.get(`${LATENCY}_sum{phase="run"}`)).toBeGreaterThan(0.3);
  expect(samples.get(`${LATENCY}_bucket{phase="run",le="+Inf"}`)).toBe(3);
  expect(samples.get(`${LATENCY}_bucket{phase="run",le="0.1"}`)).toBeLessThan(3);

  // another worker, and the same counters; a job that is over leaves the gauges
  await api.worker.restart();
  await waiting.update('cancel', {});
  await waiting.result();
  const after = await scrapeUntil('the job to be gone', (now) => now.get('orchestrator_tasks_active') === 0);
  expect(after.get('orchestrator_approvals_waiting{kind="gate"}')).toBe(0);
  expect(after.get('orchestrator_jobs_finished_total{status="cancelled"}')).toBe(1);
  expect(after.get('orchestrator_jobs_submitted_total')).toBe(3);
  for (const [series, value] of samples) {
    if (isCounter(series)) expect(after.get(series) ?? 0, series).toBeGreaterThanOrEqual(value);
  }
  // nothing that a person or a job could name is a label
  expect(
    [...after.keys()].filter((series) => series.includes(done.job_id) || series.includes('broken')),
  ).toEqual([]);
});

test('a batch that is written twice counts once, and the figures stay when a job is deleted', async () => {
  const { store } = api;
  const at = new Date().toISOString();
  const event = { job_id: 'twice', at, data: { code: 'made up by an agent' } };
  const batch = {
    owner: 'ann',
    events: [
      { ...event, seq: 1, type: 'task.failed' as const, task_id: 'a' },
      { ...event, seq: 2, type: 'alert' as const, data: { kind: 'budget_80' } },
    ],
    phases: [
      {
        seq: 1,
        phase: 'run' as const,
        round: 1,
        dispatch: 1,
        began_at: at,
        ended_at: at,
        outcome: 'failed' as const,
      },
    ],
  };
  const other = 'orchestrator_subtask_failures_total{reason="other"}';
  const runs = (await scrapeFresh()).get(`${LATENCY}_count{phase="run"}`)!;
  expect((await store.writeJournal(batch)).events).toHaveLength(2);
  expect(await store.writeJournal(batch)).toEqual({ events: [], phases: [] });
  await store.eraseJob('twice');
  const samples = await scrapeFresh();
  expect(samples.get(other)).toBe(1);
  expect(samples.get('orchestrator_alerts_total{kind="budget_80"}')).toBe(1);
  expect(samples.get(`${LATENCY}_count{phase="run"}`)).toBe(runs + 1);
});

test('every metric has the type and labels that are documented', async () => {
  const text = await (await api.app.request('/metrics')).text();
  for (const name of Object.keys(COUNTERS)) expect(text).toContain(`# TYPE orchestrator_${name} counter`);
  expect(text).toContain(`# TYPE ${LATENCY} histogram`);
  expect(text).toContain('# TYPE orchestrator_http_request_duration_seconds histogram');
  expect(text).toMatch(
    /orchestrator_http_request_duration_seconds_count\{method="GET",route="\/metrics",status="200"\} \d/,
  );
});

/** What is read of the database is shared for a second. */
async function scrapeFresh(): Promise<Samples> {
  await new Promise((resolve) => setTimeout(resolve, 1100));
  return await scrape();
}

const isCounter = (series: string): boolean => /^orchestrator_\w+(_total|_count|_sum|_bucket)\b/.test(series);
