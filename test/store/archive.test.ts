import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { until } from '../setup/until.ts';
import { makePlace, onBothDatabases } from './databases.ts';
import { callStart, closedJob, eventsOf } from './samples.ts';

onBothDatabases((place, store) => {
  it('gives a closed job back as it was, and its latest writing', async () => {
    const job = closedJob('kept', { title: 'Über\0 alles' });
    expect(await store().archiveJob(job)).toBe(true);
    expect(await store().readArchived('kept')).toEqual(job);
    const later = closedJob('kept', { status: 'failed' });
    expect(await store().archiveJob(later)).toBe(true);
    expect((await store().readArchived('kept'))?.view.status).toBe('failed');
    expect(await store().readArchived('unknown')).toBeNull();
    expect(await store().archivedAmong(['kept', 'unknown'])).toEqual(new Set(['kept']));
  });

  it('keeps where the changes of a repository job are', async () => {
    const changes = {
      base_bundle: null,
      base_sha: 'b0',
      head_sha: 'h1',
      head_bundle: 'f'.repeat(64),
      diff: null,
      tasks: {},
    };
    await store().archiveJob({ ...closedJob('changed'), changes });
    expect((await store().readArchived('changed'))?.changes).toEqual(changes);
  });

  it('does not archive a deleted job', async () => {
    const first = await store().putTombstone('deleted', 'ann');
    expect(await store().archiveJob(closedJob('deleted'))).toBe(false);
    expect(await store().readArchived('deleted')).toBeNull();
    expect(await store().putTombstone('deleted', 'somebody else')).toEqual(first);
    expect(await store().deletedAmong(['deleted', 'kept'])).toEqual(new Set(['deleted']));
  });

  it('leaves no archive row behind, however archiving and deletion meet', async () => {
    const other = await place().open();
    const rounds = Array.from({ length: 30 }, (_, n) => `meet-${n}`);
    await Promise.all(
      rounds.map(async (job_id) => {
        await Promise.all([
          store().archiveJob(closedJob(job_id)),
          store().appendEvents('ann', eventsOf(job_id, 1, 2)),
          other.putTombstone(job_id, 'ann').then(() => other.eraseJob(job_id)),
        ]);
      }),
    );
    expect(await store().archivedAmong(rounds)).toEqual(new Set());
    expect(await place().query(`select * from events where job_id like 'meet-%'`)).toEqual([]);
    await other.close();
  });

  it('names deletions that are not finished', async () => {
    await store().putTombstone('half', 'ann');
    const unfinished = async () => (await store().listUnfinishedDeletions()).map((stone) => stone.job_id);
    expect(await unfinished()).toContain('half');
    await store().markErased('half');
    const erased = await store().getTombstone('half');
    expect(erased?.erased_at).toBeTruthy();
    await store().markErased('half');
    expect(await store().getTombstone('half')).toEqual(erased);
    expect(await unfinished()).not.toContain('half');
    expect(await store().getTombstone('never')).toBeNull();
  });

  it('erases everything of a job but its ledger rows', async () => {
    await store().archiveJob(closedJob('gone'));
    await store().appendEvents('ann', eventsOf('gone', 1, 3));
    const { sha256 } = await store().putContent({ job_id: 'gone', source: 'only of this job' });
    const callback = { job_id: 'gone', task_id: 't', workflow_id: 'w', attempt: 1, expires_at: '2030' };
    const token = await store().createCallback(callback);
    await store().beginCall(callStart('gone-1', { job_id: 'gone' }));
    const usage = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0 };
    const answer = { status: 'lost', cost_usd: 0.1 } as const;
    await store().settleCall('gone-1', { usage, cost_usd: 0.1, answer });

    await store().putTombstone('gone', 'ann');
    await store().eraseJob('gone');
    await store().eraseJob('gone');
    expect(await store().readArchived('gone')).toBeNull();
    expect(await store().lastSeq('gone')).toBeNull();
    expect(await store().statContent(sha256)).toBeNull();
    expect(await store().findCallback(token)).toBeNull();
    expect((await store().readLedger('gone'))[0]?.cost_usd).toBe(0.1);
    expect((await store().getCall('gone-1'))?.answer).toBeNull();
  });
});

const postgresUrl = inject('postgresUrl');
describe.skipIf(!postgresUrl)(
  postgresUrl ? 'on PostgreSQL' : 'on PostgreSQL (skipped: it is not installed here)',
  () => {
    it('makes a deletion wait for an archiving that has begun', async () => {
      const place = await makePlace('postgres');
      const [archiver, deleter] = [await place.open(), await place.open()];
      const holder = new pg.Client({ connectionString: place.options.database_url });
      await holder.connect();
      await holder.query('begin; lock table archive in exclusive mode');
      const waiting = (count: number) => async () => {
        const sql = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
        return (await place.query(sql)).length >= count;
      };
      const archiving = archiver.archiveJob(closedJob('begun'));
      await until(waiting(1), { what: 'the archiving to be held up' });
      const deletion = deleter.putTombstone('begun', 'ann').then(() => deleter.eraseJob('begun'));
      await until(waiting(2), { what: 'the deletion to be held up' });
      await holder.query('rollback');
      await Promise.all([archiving, deletion]);
      expect(await archiver.readArchived('begun')).toBeNull();
      await Promise.all([archiver.close(), deleter.close(), holder.end()]);
      await place.remove();
    });
  },
);
