import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callStart, closedJob } from '../store/samples.ts';
import { startLoneApi, type TestApi } from './setup.ts';

let api: TestApi;
const usage = { input_tokens: 1000, output_tokens: 200, cache_read_tokens: 5, cache_write_tokens: 0 };
beforeAll(async () => {
  api = await startLoneApi();
  await api.store.archiveJob(closedJob('paid', { owner: 'local' }));
  const call = async (call_id: string, model: string, cost_usd: number) => {
    await api.store.beginCall(callStart(call_id, { job_id: 'paid', model }));
    await api.store.settleCall(call_id, { usage, cost_usd, answer: { status: 'lost', cost_usd } });
  };
  await call('paid-1', '=1+1, "so"', 0.25);
  await call('paid-2', 'plain', 0.5);
  await api.store.beginCall(callStart('paid-3', { job_id: 'paid', model: 'plain' }));
  await api.store.estimateCall('paid-3');
});
afterAll(() => api.close());
const get = (path: string, headers?: Record<string, string>) => api.ask('GET', path, undefined, headers);
const linesOf = (csv: string) => csv.trimEnd().split('\r\n');

describe('the report of usage', () => {
  test('sums up, with estimates apart', async () => {
    const { status, body, headers } = await get('/usage');
    expect(status).toBe(200);
    expect(headers.get('vary')).toContain('Accept');
    expect(body).toMatchObject({ from: null, to: null, group_by: 'job' });
    expect(body.rows).toEqual([{ key: 'paid', ...body.total }]);
    expect(body.total).toMatchObject({
      calls: 2,
      input_tokens: 2000,
      output_tokens: 400,
      cache_read_tokens: 10,
      cost_usd: 0.75,
      estimated_calls: 1,
      estimated_cost_usd: 0.5,
      open_calls: 0,
    });
    const byModel = (await get('/usage?group_by=model')).body.rows;
    expect(byModel.map(({ key }: { key: string }) => key)).toEqual([
      'anthropic/=1+1, "so"',
      'anthropic/plain',
    ]);
  });

  test('takes days and times', async () => {
    const calls = async (query: string) => (await get(`/usage?${query}`)).body.total.calls;
    expect(await calls('from=2020-01-01')).toBe(2);
    expect(await calls('to=2020-01-01')).toBe(0);
    expect(await calls('from=2020-01-01T12:00:00Z&to=2100-01-01')).toBe(2);
    expect((await get('/usage?from=2020-01-01')).body.from).toBe('2020-01-01T00:00:00.000Z');
  });

  test('comes as CSV by query or by header, and the query goes first', async () => {
    const { status, body, headers } = await get('/usage?group_by=model&format=csv');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe('attachment; filename="usage-by-model.csv"');
    const [head, first, second] = linesOf(body);
    expect(head).toMatch(/^model,calls,input_tokens,.*,reserved_usd$/);
    expect(first).toMatch(/^"anthropic\/=1\+1, ""so""",1,1000,200,5,0,0.25,0,0,0,0,0$/);
    expect(second).toBe('anthropic/plain,1,1000,200,5,0,0.5,0,1,0.5,0,0');
    const accept = { accept: 'text/csv;q=0.9, application/json;q=0.1' };
    expect((await get('/usage?group_by=model', accept)).body).toBe(body);
    expect((await get('/usage?format=json', { accept: 'text/csv' })).body.rows).toHaveLength(1);
    expect((await get('/usage', { accept: '*/*' })).body.rows).toHaveLength(1);
  });

  test('refuses what it can not sum up, by name', async () => {
    const fields = async (query: string) => {
      const { status, body } = await get(`/usage?${query}`);
      expect(status).toBe(400);
      return body.error.fields.map(({ path }: { path: string }) => path);
    };
    expect(await fields('group_by=week&from=yesterday&format=xml')).toEqual(['from', 'group_by', 'format']);
    expect(await fields('from=2026-02-01&to=2026-01-01')).toEqual(['to']);
    expect(await fields('to=2026-02-30')).toEqual(['to']);
  });
});

describe('the ledger of a job', () => {
  test('comes as CSV, a cell for each kind of token and price; no cell is a formula', async () => {
    const { body, headers } = await get('/orchestrate/paid/ledger?format=csv');
    expect(headers.get('content-disposition')).toContain('ledger-paid.csv');
    const [head, first, , third] = linesOf(body);
    const names = head!.split(',');
    expect(names).toEqual(expect.arrayContaining(['call_id', 'cost_usd', 'input_tokens', 'price_source']));
    expect(first).toContain(`"'=1+1, ""so"""`);
    const cells = third!.split(',');
    const cell = (name: string) => cells[names.indexOf(name)];
    expect(cells).toHaveLength(names.length);
    expect([cell('call_id'), cell('status'), cell('cost_usd')]).toEqual(['paid-3', 'estimated', '0.5']);
    expect([cell('input_tokens'), cell('price_output_usd'), cell('price_source')]).toEqual([
      '',
      '15',
      'config',
    ]);
  });

  test('is JSON where nothing else is asked for', async () => {
    expect((await get('/orchestrate/paid/ledger')).body.ledger).toHaveLength(3);
    expect((await get('/orchestrate/paid/ledger', { accept: 'text/csv' })).body).toContain('paid-1');
  });
});
