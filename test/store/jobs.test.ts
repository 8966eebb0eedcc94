import { expect, it } from 'vitest';
import type { LiveNews } from '../../contracts/telemetry.ts';
import type { JobListItem } from '../../contracts/view.ts';
import type { JobsQuery, Store } from '../../store/index.ts';
import { onBothDatabases } from './databases.ts';
import { closedJob, eventsOf } from './samples.ts';

/** A job that was just submitted, as the list has it. */
function newJob(job_id: string, changes: Partial<JobListItem> = {}): JobListItem {
  const { title, owner, created_at, stats, budget } = closedJob(job_id).view;
  return {
    job_id,
    title,
    owner,
    created_at,
    stats,
    budget,
    status: 'planning',
    finished_at: null,
    ...changes,
  };
}

/** A batch of the journal that says how the job stands. */
const says = (job_id: string, seq: number, live: Partial<LiveNews>, owner = 'ann') => ({
  owner,
  events: eventsOf(job_id, seq, seq),
  live: { status: 'running' as const, tasks: {}, approvals: {}, parked: 0, ...live },
});

const of = async (store: Store, query: Partial<JobsQuery>) =>
  (await store.listJobs({ owner: null, limit: 100, ...query })).map(({ job_id }) => job_id);

const lineOf = async (store: Store, job_id: string) =>
  (await store.listJobs({ owner: null, search: job_id, limit: 1 }))[0];

onBothDatabases((place, store) => {
  it('lists newest first, in pages without doubles, by owner and status', async () => {
    for (let n = 0; n < 7; n++) {
      // Every two jobs are of one moment; ids then decide, by bytes.
      const created_at = `2026-02-01T00:00:0${n >> 1}.000Z`;
      const status = n % 3 === 0 ? 'failed' : 'completed';
      const job_id = `list${['-', '.', '_', '0', 'a', '-a', '.a'][n]}`;
      const job = closedJob(job_id, { owner: 'lister', created_at, status });
      if (n % 2 === 0) await store().archiveJob(job);
      else await store().addJobs([newJob(job_id, { owner: 'lister', created_at, status })]);
    }
    const pages: string[] = [];
    let before: { created_at: string; job_id: string } | undefined;
    for (;;) {
      const page = await store().listJobs({ owner: 'lister', before, limit: 2 });
      if (page.length === 0) break;
      pages.push(...page.map((item) => item.job_id));
      before = page.at(-1);
    }
    expect(pages).toEqual(['list.a', 'lista', 'list-a', 'list_', 'list0', 'list.', 'list-']);
    const failed = await store().listJobs({ owner: 'lister', statuses: ['failed'], limit: 10 });
    expect(failed.map((item) => item.job_id)).toEqual(['list.a', 'list0', 'list-']);
    expect(failed[0]?.budget.spent_usd).toBe(0.25);
    expect(await of(store(), { owner: 'lister', statuses: ['failed', 'completed'] })).toHaveLength(7);
    expect(await of(store(), { owner: 'nobody' })).toEqual([]);
    expect((await of(store(), {})).length).toBeGreaterThanOrEqual(7);
  });

  it('goes on at the same place while jobs are added and others change', async () => {
    const at = (n: number) => `2026-03-01T00:00:${String(n).padStart(2, '0')}.000Z`;
    const job = (n: number) => newJob(`page-${n}`, { owner: 'pager', created_at: at(n) });
    await store().addJobs([1, 2, 3, 4, 5].map(job));
    const first = await store().listJobs({ owner: 'pager', limit: 2 });
    await store().addJobs([job(6)]);
    await store().writeJournal(says('page-3', 1, {}, 'pager'));
    const rest = await store().listJobs({ owner: 'pager', before: first.at(-1)!, limit: 10 });
    expect([...first, ...rest].map(({ job_id }) => job_id)).toEqual([5, 4, 3, 2, 1].map((n) => `page-${n}`));
  });

  it('finds by words of the title and by id, in small and capital letters, and takes no word for a pattern', async () => {
    const title = 'Rapport d’ÉTÉ: 100% of a_b \\ done';
    await store().addJobs([
      newJob('find-1', { title, owner: 'finder' }),
      newJob('find-2', { owner: 'finder' }),
    ]);
    const found = (search: string) => of(store(), { owner: 'finder', search });
    for (const search of ['été rapport', 'FIND-1', '100%', 'a_b', '\\', 'port 0%', 'e\u0301te\u0301']) {
      expect(await found(search), search).toEqual(['find-1']);
    }
    for (const search of ['rapport hiver', '%', 'a%b', 'r_pport', '1\0%00']) {
      expect(await found(search === '%' ? '1%d' : search), search).toEqual([]);
    }
    expect(await found('  ')).toHaveLength(2);
    const mine = { owner: 'finder', search: 'find', statuses: ['running' as const] };
    expect(await of(store(), mine)).toEqual([]);
    await store().writeJournal(says('find-2', 1, {}));
    expect(await of(store(), mine)).toEqual(['find-2']);
  });

  it('keeps titles of the longest kind and of every letter', async () => {
    const title = `${'\u{1F468}'.repeat(150)}\ud83d\0`;
    await store().addJobs([
      newJob('long-title', { title }),
      newJob('wide-title', { title: 'ﷺ'.repeat(300) }),
    ]);
    expect((await lineOf(store(), '\u{1F468}'))?.job_id).toBe('long-title');
    expect((await lineOf(store(), 'ﷺ'))?.job_id).toBe('wide-title');
  });

  it('lists by API and by who leads', async () => {
    const origin = {
      face: 'plans',
      kind: 'auto',
      worker: null,
      workflow: null,
      session: null,
      continues: null,
    } as const;
    const owner = 'faces';
    await store().addJobs([
      newJob('face-1', { owner, origin }),
      newJob('face-2', { owner, strategy: 'boss' }),
    ]);
    await store().archiveJob(closedJob('face-3', { owner, origin }));
    expect(await of(store(), { owner, face: 'plans' })).toEqual(['face-3', 'face-1']);
    expect(await of(store(), { owner, face: 'plans', statuses: ['planning', 'failed'] })).toEqual(['face-1']);
    expect(await of(store(), { owner, face: 'tasks' })).toEqual([]);
    expect(await of(store(), { owner, strategy: 'boss' })).toEqual(['face-2']);
    expect(await of(store(), { strategy: 'boss', statuses: ['planning'] })).toEqual(['face-2']);
    expect((await store().listJobs({ owner, face: 'plans', limit: 1 }))[0]?.origin).toEqual(origin);
  });

  it('shows what is written with the events, and nothing that comes late or again', async () => {
    await store().addJobs([newJob('follow')]);
    expect(await store().addJobs([newJob('follow', { title: 'another' })])).toEqual([]);
    const budget = { limit_usd: 1, spent_usd: 0.5, reserved_usd: 0, remaining_usd: 0.5, exceeded: false };
    await store().writeJournal(says('follow', 3, { tasks: { running: 2, pending: 1 }, budget }));
    expect(await lineOf(store(), 'follow')).toMatchObject({
      title: 'Job follow',
      status: 'running',
      stats: { total: 3, running: 2, pending: 1, completed: 0 },
      budget,
    });
    await store().writeJournal(says('follow', 2, { status: 'planning' }));
    await store().noteStanding({ job_id: 'follow', seq: 2, status: 'planning', finished_at: null });
    expect((await lineOf(store(), 'follow'))?.status).toBe('running');
    await store().noteStanding({ job_id: 'follow', seq: 5, status: 'paused', finished_at: null });
    await store().writeJournal(says('follow', 4, { status: 'needs_review' }));
    expect(await lineOf(store(), 'follow')).toMatchObject({ status: 'paused', budget });

    await store().archiveJob(closedJob('follow', { partial: true }));
    await store().writeJournal(says('follow', 9, {}));
    await store().noteStanding({ job_id: 'follow', seq: 9, status: 'running', finished_at: null });
    expect(await lineOf(store(), 'follow')).toMatchObject({ status: 'completed', partial: true });
    expect(await of(store(), { search: 'follow' })).toEqual(['follow']);
    expect((await store().openJobs(null)).map(({ job_id }) => job_id)).not.toContain('follow');

    await store().unarchiveJob('follow', 'running');
    expect((await store().openJobs('ann')).map(({ job_id }) => job_id)).toContain('follow');
    expect(await lineOf(store(), 'follow')).toMatchObject({ status: 'running', finished_at: null });
    await store().writeJournal(says('follow', 10, { status: 'paused' }));
    expect((await lineOf(store(), 'follow'))?.status).toBe('paused');
  });

  it('lists a job by its first events where nobody had put it there', async () => {
    const { budget, title, created_at } = closedJob('first').view;
    const batch = { ...says('first', 1, { budget }), head: { title, created_at } };
    await store().writeJournal(batch);
    await store().writeJournal(batch);
    expect(await lineOf(store(), 'first')).toMatchObject({
      job_id: 'first',
      title,
      status: 'running',
      owner: 'ann',
    });
    await store().dropUnstarted('first');
    expect(await of(store(), { search: 'first' })).toEqual(['first']);
  });

  it('writes row and events together, or neither', async () => {
    await store().addJobs([newJob('both')]);
    const broken = says('both', 1, { status: null as never });
    await expect(store().writeJournal(broken)).rejects.toThrow();
    expect(await store().lastSeq('both')).toBeNull();
    expect((await lineOf(store(), 'both'))?.status).toBe('planning');
    await store().writeJournal(says('both', 1, {}));
    expect(await store().lastSeq('both')).toBe(1);
    expect((await lineOf(store(), 'both'))?.status).toBe('running');
  });

  it('loses a job that was deleted, and one that was not started', async () => {
    await store().addJobs([newJob('gone-open'), newJob('gone-new'), newJob('gone-late')]);
    await store().archiveJob(closedJob('gone-closed'));
    await store().putTombstone('gone-open', 'ann');
    await store().putTombstone('gone-closed', 'ann');
    await store().dropUnstarted('gone-new');
    await store().writeJournal(says('gone-open', 1, {}));
    expect(await store().archiveJob(closedJob('gone-open'))).toBe(false);
    expect(await of(store(), { search: 'gone-' })).toEqual(['gone-late']);
    // one that a request put there which did not know of the deletion yet
    await store().putTombstone('gone-late', 'ann');
    await store().addJobs([newJob('gone-late')]);
    await store().dropDeleted('2026-01-01T00:00:00.000Z');
    expect(await of(store(), { search: 'gone-' })).toEqual([]);
  });

  it('has the archive of a version that knew of no list', async () => {
    const origin = {
      ...({ face: 'tasks', kind: 'auto' } as const),
      ...{ worker: null, workflow: null, session: null, continues: null },
    };
    const jobs = Array.from({ length: 501 }, (_, n) =>
      closedJob(`old-${n}`, {
        owner: 'old',
        title: `Alt ${n}`,
        ...(n === 7 ? { origin, partial: true } : {}),
      }),
    );
    for (const job of jobs) await store().archiveJob(job);
    const before = await store().listJobs({ owner: 'old', limit: 600 });
    await place().query('drop table jobs');
    await place().query('drop table pushed_bundles');
    await place().query('alter table archive drop column changes');
    await place().query(`delete from kysely_migration where name >= '0012-jobs'`);
    const upgraded = await place().open();
    expect(await upgraded.listJobs({ owner: 'old', limit: 600 })).toEqual(before);
    expect(await of(upgraded, { owner: 'old', face: 'tasks' })).toEqual(['old-7']);
    expect(await of(upgraded, { owner: 'old', search: 'ALT 500' })).toEqual(['old-500']);
    await upgraded.close();
  });
});
