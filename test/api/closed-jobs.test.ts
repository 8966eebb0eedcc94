import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../contracts/artifact.ts';
import { Plan } from '../../contracts/plan.ts';
import { closedJob, eventsOf } from '../store/samples.ts';
import { startLoneApi, type TestApi } from './setup.ts';

// Nothing here has a Temporal: closed jobs are read without.
let api: TestApi;
let artifact: Artifact;
const text = 'a report of some length';
const sha256 = createHash('sha256').update(text).digest('hex');
beforeAll(async () => {
  api = await startLoneApi();
  const job_id = 'closed';
  const source = {
    job_id,
    task_id: 'lint',
    name: '../naïve "report".html',
    media_type: 'text/html',
    source: text,
  };
  artifact = await api.store.artifactOf(source);
  const tasks = [{ task_id: 'lint', title: 'Lint' }];
  const plan = (version: number) =>
    Plan.parse({
      version,
      source: 'given',
      rationale: '',
      warnings: [],
      objectives: [],
      constraints: [],
      acceptance_criteria: [],
      forecast: { cost_usd_low: 0, cost_usd_high: 0, seconds_critical_path: 1 },
      tasks,
    });
  const job = closedJob(job_id, { owner: 'local' });
  await api.store.archiveJob({ ...job, plans: [plan(1), plan(2)], artifacts: [artifact] });
  await api.store.appendEvents('local', eventsOf(job_id, 1, 1200));
});
afterAll(() => api.close());
const get = (path: string, headers?: Record<string, string>) =>
  api.ask('GET', `/orchestrate/closed${path}`, undefined, headers);

describe('a closed job', () => {
  test('shows status, plan versions, context and ledger', async () => {
    expect((await get('/status')).body).toMatchObject({ job_id: 'closed', status: 'completed' });
    expect((await get('/status')).body.temporal.ui_url).toMatch(/\/workflows\/job-closed$/);
    expect((await get('/plan')).body.version).toBe(2);
    expect((await get('/plan?version=1')).body.version).toBe(1);
    expect((await get('/task/lint/context')).body).toMatchObject({
      task: { task_id: 'lint' },
      dependencies: [],
    });
    expect((await get('/ledger')).body).toEqual({ ledger: [] });
    expect((await get('/approvals')).body).toEqual({ approvals: [] });
  });

  test('takes no commands: 409 says how it ended', async () => {
    const answer = await api.ask('POST', '/orchestrate/closed/approve', {});
    expect(answer.status).toBe(409);
    expect(answer.body.error.message).toContain('completed');
  });

  test('is gone once it has a tombstone', async () => {
    await api.store.archiveJob(closedJob('buried', { owner: 'local' }));
    expect((await api.ask('GET', '/orchestrate/buried')).status).toBe(200);
    await api.store.putTombstone('buried', 'local');
    expect((await api.ask('GET', '/orchestrate/buried')).status).toBe(404);
    expect((await api.ask('GET', '/orchestrate/buried/events')).status).toBe(404);
  });
});

describe('an artifact', () => {
  const content = (headers?: Record<string, string>) => get(`/artifacts/${artifact.artifact_id}`, headers);

  test('comes whole, and cannot act as a page of the service', async () => {
    const { status, body, headers } = await content();
    expect(status).toBe(200);
    expect(body).toBe(text);
    expect(headers.get('etag')).toBe(`"${sha256}"`);
    expect(headers.get('content-length')).toBe(String(text.length));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="../na_ve _report_.html"; filename*=UTF-8''..%2Fna%C3%AFve%20%22report%22.html`,
    );
  });

  test('is not sent again to who has it', async () => {
    expect((await content({ 'if-none-match': `"x", W/"${sha256}"` })).status).toBe(304);
    expect((await content({ 'if-none-match': '*' })).status).toBe(304);
    expect((await content({ 'if-none-match': '"x"' })).status).toBe(200);
  });

  test.each([
    ['bytes=0-3', 206, text.slice(0, 4)],
    ['bytes=5-', 206, text.slice(5)],
    ['bytes=-6', 206, text.slice(-6)],
    ['bytes=5-9999', 206, text.slice(5)],
    ['bytes=0-1,4-5', 200, text],
    ['bytes=9-2', 200, text],
    ['lines=1-2', 200, text],
    ['bytes=-', 200, text],
  ])('by the range %s', async (range, status, expected) => {
    const answer = await content({ range });
    expect(answer).toMatchObject({ status, body: expected });
    expect(answer.headers.get('content-length')).toBe(String(expected.length));
  });

  test('by a range outside of it: 416; by one meant for another content: whole', async () => {
    for (const range of ['bytes=999-', 'bytes=-0']) {
      const answer = await content({ range });
      expect(answer).toMatchObject({ status: 416, body: { error: { code: 'range_not_satisfiable' } } });
      expect(answer.headers.get('content-range')).toBe(`bytes */${text.length}`);
    }
    expect((await content({ range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
  });

  test('that the job does not have is 404', async () => {
    expect((await get('/artifacts/none')).status).toBe(404);
  });
});

describe('events', () => {
  const json = { accept: 'application/json' };
  const ids = (stream: string) => [...stream.matchAll(/^id: (\d+)$/gm)].map((found) => Number(found[1]));

  test('come in pages', async () => {
    const seen: number[] = [];
    for (let after = 0; ; ) {
      const { events, next_after } = (await get(`/events?limit=500&after=${after}`, json)).body;
      if (events.length === 0) break;
      seen.push(...events.map((event: { seq: number }) => event.seq));
      after = next_after;
    }
    expect(seen).toEqual(Array.from({ length: 1200 }, (_, index) => index + 1));
  });

  test('come as a stream that ends after the last one; then a reconnect gets 204', async () => {
    const { status, headers, body } = await get('/events');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(ids(body)).toEqual(Array.from({ length: 1200 }, (_, index) => index + 1));
    expect(body.split('\n\n')[0]).toMatch(/^id: 1\nevent: task\.progress\ndata: \{"seq":1,/);
    expect(ids((await get('/events', { 'last-event-id': '1190' })).body)).toEqual([
      1191, 1192, 1193, 1194, 1195, 1196, 1197, 1198, 1199, 1200,
    ]);
    expect((await get('/events?after=7', { 'last-event-id': '1200' })).status).toBe(204);
    expect((await get('/events?after=99999')).status).toBe(204);
    expect((await get('/events', { 'last-event-id': 'x' })).status).toBe(400);
  });

  test('of all jobs come by position, as pages and as a stream', async () => {
    const page = await api.ask('GET', '/events?limit=2', undefined, json);
    expect(page.body.events.map((event: { position: number }) => event.position)).toEqual([1, 2]);
    expect(page.body.next_after).toBe(2);
    const response = await api.app.request('/events?after=latest');
    const reader = response.body!.getReader();
    const next = reader.read();
    await api.store.appendEvents('local', eventsOf('later', 1, 1));
    const frame = new TextDecoder().decode((await next).value);
    expect(frame).toMatch(/^id: \d+\nevent: task\.progress\ndata: .*"job_id":"later"/);
    await reader.cancel();
  });
});
