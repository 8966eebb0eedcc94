import { expect, it } from 'vitest';
import type { CallResult } from '../../contracts/model-call.ts';
import type { Usage } from '../../contracts/money.ts';
import type { CallStart, Store } from '../../store/index.ts';
import { onBothDatabases, type Place } from './databases.ts';
import { callStart, closedJob, eventsOf } from './samples.ts';

const usage: Usage = {
  input_tokens: 1000,
  output_tokens: 200,
  cache_read_tokens: 30,
  cache_write_tokens: 4,
};
const answer: CallResult = { status: 'lost', cost_usd: 0 };

/** Jobs of `ann`: an open one, a closed one and a deleted one; and one of `bob`. */
async function fill(store: Store, place: Place): Promise<void> {
  await store.appendEvents('ann', eventsOf('open', 1, 2));
  await store.archiveJob(closedJob('closed', { owner: 'ann' }));
  await store.putTombstone('deleted', 'ann');
  await store.appendEvents('bob', eventsOf('bobs', 1, 1));
  const settle = async (id: string, cost_usd: number, changes: Partial<CallStart>) => {
    await store.beginCall(callStart(id, changes));
    await store.settleCall(id, { usage, cost_usd, answer });
  };
  await settle('open-1', 0.1, { job_id: 'open', model: 'a' });
  await settle('open-2', 0.2, { job_id: 'open', model: 'b', price: null });
  await store.beginCall(callStart('open-3', { job_id: 'open', model: 'a', reserved_usd: 0.7 }));
  await settle('closed-1', 0.4, { job_id: 'closed', model: 'a', agent: null });
  await store.beginCall(callStart('closed-2', { job_id: 'closed', model: 'a', reserved_usd: 0.8 }));
  await store.estimateCall('closed-2');
  await store.beginCall(callStart('closed-3', { job_id: 'closed', model: 'a', reserved_usd: 5 }));
  await store.releaseCall('closed-3');
  await settle('deleted-1', 1.6, { job_id: 'deleted', model: 'b', agent: 'coder' });
  await settle('bobs-1', 100, { job_id: 'bobs' });
  await place.query("update ledger set created_at = '2026-01-02T00:00:00.000Z' where job_id = 'closed'");
  await place.query("update ledger set created_at = '2026-01-01T23:59:59.999Z' where job_id = 'open'");
  await place.query("update ledger set created_at = '2026-01-03T12:00:00.000Z' where job_id = 'deleted'");
}

onBothDatabases((place, store) => {
  it("sums the calls of an owner's jobs, open, closed and deleted, by every group", async () => {
    await fill(store(), place());
    const by = (group_by: 'job' | 'agent' | 'model' | 'day') => store().readUsage({ owner: 'ann', group_by });
    expect(await by('job')).toEqual([
      {
        key: 'open',
        calls: 2,
        input_tokens: 2000,
        output_tokens: 400,
        cache_read_tokens: 60,
        cache_write_tokens: 8,
        cost_usd: 0.3,
        unpriced_calls: 1,
        estimated_calls: 0,
        estimated_cost_usd: 0,
        open_calls: 1,
        reserved_usd: 0.7,
      },
      expect.objectContaining({
        key: 'closed',
        calls: 1,
        input_tokens: 1000,
        cost_usd: 0.4,
        estimated_calls: 1,
        estimated_cost_usd: 0.8,
        open_calls: 0,
      }),
      expect.objectContaining({ key: 'deleted', calls: 1, cost_usd: 1.6 }),
    ]);
    const costs = async (group_by: 'agent' | 'model' | 'day') =>
      Object.fromEntries((await by(group_by)).map(({ key, cost_usd }) => [key, cost_usd]));
    expect(await costs('model')).toEqual({ 'anthropic/a': 0.5, 'anthropic/b': 1.8 });
    expect(await costs('agent')).toEqual({ general: 0.3, coder: 1.6, null: 0.4 });
    expect(await costs('day')).toEqual({ '2026-01-01': 0.3, '2026-01-02': 0.4, '2026-01-03': 1.6 });
    expect((await by('day')).map(({ key }) => key)).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
  });

  it('takes calls from a time on, and before another', async () => {
    const keys = async (from?: string, to?: string) =>
      (await store().readUsage({ owner: 'ann', group_by: 'job', from, to })).map(({ key }) => key);
    expect(await keys('2026-01-02T00:00:00.000Z')).toEqual(['closed', 'deleted']);
    expect(await keys(undefined, '2026-01-02T00:00:00.000Z')).toEqual(['open']);
    expect(await keys('2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z')).toEqual(['closed']);
    expect(await keys('2027-01-01T00:00:00.000Z')).toEqual([]);
  });

  it('finds a range of times by an index', async () => {
    const indexes = place().options.database_url
      ? await place().query("select indexdef as sql from pg_indexes where tablename = 'ledger'")
      : await place().query("select sql from sqlite_master where type = 'index' and tbl_name = 'ledger'");
    const onTimes = indexes.filter(({ sql }) => /\("?created_at"?\)/.test(String(sql)));
    expect(onTimes).toHaveLength(1);
  });

  it('shows nobody what belongs to others', async () => {
    const rows = await store().readUsage({ owner: 'bob', group_by: 'job' });
    expect(rows).toMatchObject([{ key: 'bobs', cost_usd: 100 }]);
    expect(await store().readUsage({ owner: 'eve', group_by: 'job' })).toEqual([]);
  });
});
