import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobEvent } from '../../contracts/event.ts';
import type { DiffStat, TaskRepositoryView } from '../../contracts/repository/view.ts';
import type { JobChanges } from '../../contracts/repository/work.ts';
import type { JobView, TaskView } from '../../contracts/view.ts';
import { newRepositoryState } from '../../core/repository/state.ts';
import { repositoryView } from '../../core/repository/view.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { closedJob, eventsOf } from '../store/samples.ts';
import { startLoneApi, type TestApi } from './setup.ts';

const PATCH = 'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-old\n+new\n';
const STAT: DiffStat = {
  base_sha: 'b0',
  head_sha: 'h1',
  files: [{ path: 'a.txt', status: 'modified', insertions: 1, deletions: 1 }],
  files_changed: 1,
  insertions: 1,
  deletions: 1,
  truncated: false,
};
const EARLIER = 'e'.repeat(40);
const BUNDLE = '# v2 git bundle\n0123 refs/heads/x\n\nPACK...';

let api: TestApi;
const live = new Map<string, { view: JobView; changes: JobChanges | null }>();
const spec = {
  location: '/srv/code/app',
  base_branch: null,
  commands: {},
  avoid_conflicts: true,
  deliver: null,
};
const repository = (job_id: string) =>
  repositoryView({ repository: newRepositoryState(job_id, spec) } as JobState)!;
const none: JobChanges = {
  base_bundle: null,
  base_sha: null,
  head_sha: null,
  head_bundle: null,
  diff: null,
  tasks: {},
};

function liveJob(job_id: string, tasks: Partial<TaskView>[] = [], fields: Partial<JobView> = {}): void {
  const { view } = closedJob(job_id, {
    owner: 'local',
    status: 'running',
    finished_at: null,
    repository: repository(job_id),
    tasks: tasks as TaskView[],
    ...fields,
  });
  live.set(job_id, {
    view,
    changes: fields.repository === undefined && 'repository' in fields ? null : none,
  });
}

beforeAll(async () => {
  api = await startLoneApi({ config: { limits: { artifact_bytes: 2000 } as never } });
  const { gateway } = api.deps;
  Object.assign(gateway, {
    describeJob: async (job_id: string) => (live.has(job_id) ? { owner: 'local' } : null),
    queryJob: async (job_id: string, name: string) =>
      name === 'changes' ? live.get(job_id)!.changes : live.get(job_id)!.view,
  });
  const put = async (source: string) => (await api.store.putContent({ job_id: 'done', source })).sha256;
  const diff = { patch_ref: await put(PATCH), stat_ref: await put(JSON.stringify(STAT)) };
  const changes: JobChanges = {
    base_bundle: await put(`${BUNDLE}base`),
    base_sha: 'b0',
    head_sha: 'h1',
    head_bundle: await put(`${BUNDLE}head`),
    diff,
    tasks: {
      write: { base_sha: 'b0', head_sha: 'h1', bundle: await put(`${BUNDLE}task`), diff },
      idle: { base_sha: 'b0', head_sha: 'b0', bundle: null, diff: null },
    },
  };
  const job = closedJob('done', { owner: 'local', repository: repository('done') });
  const committed = (seq: number, task_id: string, data: JobEvent['data']): JobEvent => ({
    ...{ seq, job_id: 'done', at: '2026-01-01T00:00:00.000Z', type: 'task.committed', task_id, data },
  });
  await api.store.appendEvents('local', [
    committed(1, 'write', { head_sha: EARLIER, bundle_ref: await put(`${BUNDLE}late`), kept_aside: true }),
    committed(2, 'idle', { head_sha: EARLIER }),
  ]);
  await api.store.archiveJob({ ...job, changes });
  await api.store.archiveJob(closedJob('plain', { owner: 'local' }));
  liveJob('young');
});
afterAll(() => api.close());

describe('the diff', () => {
  test.each(['/orchestrate/done/diff', '/orchestrate/done/task/write/diff'])(
    '%s comes in three forms',
    async (path) => {
      const patch = await api.ask('GET', path);
      expect(patch.status).toBe(200);
      expect(patch.body).toBe(PATCH);
      expect(patch.headers.get('content-type')).toBe('text/x-diff; charset=utf-8');
      expect(patch.headers.get('x-content-type-options')).toBe('nosniff');
      expect((await api.ask('GET', path, undefined, { range: 'bytes=0-3' })).body).toBe('diff');
      const stat = await api.ask('GET', `${path}?format=stat`);
      expect(stat.headers.get('content-type')).toContain('text/plain');
      expect(stat.body).toBe(' a.txt | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n');
      expect((await api.ask('GET', `${path}?format=json`)).body).toEqual(STAT);
      expect((await api.ask('GET', `${path}?format=html`)).status).toBe(400);
    },
  );

  test.each([
    ['/orchestrate/young/diff', 'landed'],
    ['/orchestrate/plain/diff', 'works in no repository'],
    ['/orchestrate/nowhere/diff', "no job 'nowhere'"],
    ['/orchestrate/done/task/idle/diff', 'changed nothing'],
    ['/orchestrate/done/task/other/diff', 'has come into the repository'],
    ['/orchestrate/done/task/constructor/diff', 'has come into the repository'],
    ['/orchestrate/young/bundle', 'landed'],
    ['/orchestrate/young/bundle?base=true', 'was not fetched yet'],
    ['/orchestrate/done/bundle?task_id=idle', 'changed nothing'],
    [`/orchestrate/done/bundle?task_id=idle&head_sha=${EARLIER}`, 'is stored'],
    [`/orchestrate/done/bundle?task_id=write&head_sha=${'f'.repeat(40)}`, 'is stored'],
  ])('%s is not there, and says why', async (path, why) => {
    const { status, body } = await api.ask('GET', path);
    expect(status).toBe(404);
    expect(body.error.message).toContain(why);
  });
});

describe('what an event names by its hash', () => {
  const put = async (job_id: string, source: string) =>
    (await api.store.putContent({ job_id, source })).sha256;
  const event = (seq: number, type: JobEvent['type'], data: JobEvent['data']): JobEvent => ({
    ...{ seq, job_id: 'checked', at: '2026-01-01T00:00:00.000Z', type, data },
  });
  let hashes: Record<'log' | 'hunks' | 'unnamed' | 'elsewhere', string>;
  beforeAll(async () => {
    hashes = {
      log: await put('checked', '$ npm test\nit fails\n'),
      hunks: await put('checked', '<<<<<<< ours\n'),
      unnamed: await put('checked', 'a prompt'),
      elsewhere: await put('checked', 'another text'),
    };
    await api.store.archiveJob(closedJob('checked', { owner: 'local', repository: repository('checked') }));
    await api.store.appendEvents('local', [
      ...eventsOf('checked', 1, 600),
      event(601, 'merge.checked', { passed: false, log_ref: hashes.log }),
      event(602, 'merge.conflict', { hunks_ref: hashes.hunks }),
      event(603, 'message', { log_ref: hashes.elsewhere }),
    ]);
  });

  test('is given as plain text, or the end of it', async () => {
    const path = `/orchestrate/checked/texts/${hashes.log}`;
    const { status, body, headers } = await api.ask('GET', path);
    expect([status, body]).toEqual([200, '$ npm test\nit fails\n']);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect((await api.ask('GET', path, undefined, { range: 'bytes=-9' })).body).toBe('it fails\n');
    expect((await api.ask('GET', `/orchestrate/checked/texts/${hashes.hunks}`)).body).toBe('<<<<<<< ours\n');
  });

  test.each(['unnamed', 'elsewhere'] as const)('is all that is given: nothing that is %s', async (which) => {
    expect((await api.ask('GET', `/orchestrate/checked/texts/${hashes[which]}`)).status).toBe(404);
  });

  test.each(['done', 'nowhere'])('is given for the job of the event alone, not for %s', async (job_id) => {
    expect((await api.ask('GET', `/orchestrate/${job_id}/texts/${hashes.log}`)).status).toBe(404);
  });
});

test('in a job that has ended no check and no merge is to come', async () => {
  const task = (task_id: string, merge: TaskRepositoryView['merge']) =>
    ({ task_id, status: 'cancelled', repository: { merge } }) as TaskView;
  const { check, ...rest } = repository('over');
  const view = closedJob('over', {
    owner: 'local',
    status: 'cancelled',
    repository: { ...rest, check: { ...check, base: 'running', status: 'pending' }, queue: ['a'] },
    tasks: [task('a', 'queued'), task('b', 'checking'), task('c', 'landed'), task('d', 'conflict')],
  });
  await api.store.archiveJob(view);
  const { body } = await api.ask('GET', '/orchestrate/over/status');
  expect(body.repository).toMatchObject({ check: { base: 'none', status: 'none' }, queue: [] });
  const merges = body.tasks.map(({ repository: work }: TaskView) => work!.merge);
  expect(merges).toEqual(['none', 'none', 'landed', 'conflict']);
});

test.each([
  ['/orchestrate/%20/diff', 'There is no job of that id.'],
  ['/orchestrate/done/task/a%20b/diff', 'There is no task of that id.'],
])('an id that none has is told as one that is not there: %s', async (path, message) => {
  const { status, body } = await api.ask('GET', path);
  expect([status, body.error.message]).toEqual([404, message]);
});

describe('a bundle', () => {
  test.each([
    ['', 'head', 'done-result.bundle'],
    ['?task_id=write', 'task', 'done-write.bundle'],
    [`?task_id=write&head_sha=${EARLIER}`, 'late', 'done-write.bundle'],
    ['?base=true', 'base', 'done-base.bundle'],
  ])('%s comes with ranges', async (query, part, name) => {
    const path = `/orchestrate/done/bundle${query}`;
    const { status, body, headers } = await api.ask('GET', path);
    expect([status, body]).toEqual([200, BUNDLE + part]);
    expect(headers.get('content-type')).toBe('application/x-git-bundle');
    expect(headers.get('content-disposition')).toContain(name);
    expect(await api.ask('GET', path, undefined, { range: 'bytes=-4' })).toMatchObject({
      status: 206,
      body: part,
    });
    const etag = headers.get('etag')!;
    expect((await api.ask('GET', path, undefined, { 'if-none-match': etag })).status).toBe(304);
  });

  test('of the base has no task', async () => {
    const answer = await api.ask('GET', '/orchestrate/done/bundle?base=true&task_id=write');
    expect(answer).toMatchObject({ status: 400, body: { error: { fields: [{ path: 'base' }] } } });
    const lone = await api.ask('GET', `/orchestrate/done/bundle?head_sha=${EARLIER}`);
    expect(lone).toMatchObject({ status: 400, body: { error: { fields: [{ path: 'head_sha' }] } } });
  });
});

describe('handing in work', () => {
  const work = { merge: 'none' } as TaskRepositoryView;
  const task = (task_id: string, status: TaskView['status'], fields: Partial<TaskView> = {}) =>
    ({ task_id, status, reason: null, ...fields }) as TaskView;
  const put = (job_id: string, task_id: string, body: string | null = BUNDLE) =>
    api.ask('PUT', `/orchestrate/${job_id}/task/${task_id}/bundle`, body ?? undefined);
  beforeAll(() => {
    liveJob('open', [
      task('mine', 'running', { repository: work }),
      task('person', 'blocked', { reason: 'waiting_for_person' }),
      task('waits', 'pending'),
      task('agentless', 'blocked', { reason: 'no_agent' }),
      task('over', 'completed', { repository: work }),
      task('taken', 'running', { repository: { ...work, merge: 'checking' } }),
      task('clash', 'running', { repository: { ...work, merge: 'conflict' } }),
    ]);
    liveJob('folders', [task('mine', 'running')], { repository: undefined });
  });

  test.each(['mine', 'person', 'clash'])(
    'is taken for the task %s, the last one counting',
    async (task_id) => {
      await put('open', task_id, `${BUNDLE} first`);
      const { status, body } = await put('open', task_id);
      expect(status).toBe(200);
      expect(body).toEqual({
        task_id,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        size_bytes: BUNDLE.length,
      });
      expect(await api.store.latestPushed('open', task_id)).toMatchObject({ ...body, actor: 'local' });
      expect((await api.store.getContent(body.sha256)).toString()).toBe(BUNDLE);
    },
  );

  test.each([
    ['open', 'waits', 409, 'is pending'],
    ['open', 'agentless', 409, 'has not started in the repository'],
    ['open', 'over', 409, 'is completed'],
    ['open', 'taken', 409, 'was taken and is checking'],
    ['open', 'nobody', 404, "no task 'nobody'"],
    ['folders', 'mine', 404, 'works in no repository'],
    ['plain', 'mine', 404, 'works in no repository'],
    ['done', 'write', 404, "no task 'write'"],
  ])('is refused for %s/%s', async (job_id, task_id, status, why) => {
    const answer = await put(job_id, task_id);
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toContain(why);
    expect(await api.store.latestPushed(job_id, task_id)).toBeNull();
  });

  test.each([
    ['nothing', null],
    ['a few letters', '# v2'],
    ['a program', '#!/bin/sh\necho hello; exit 1\n'],
    ['another version', '# v9 git bundle\nxxxxxxxxx'],
  ])('is refused where it is %s', async (_what, body) => {
    const before = await api.store.latestPushed('open', 'mine');
    const answer = await put('open', 'mine', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain('no bundle of git');
    expect(await api.store.latestPushed('open', 'mine')).toEqual(before);
  });

  test('is refused over the limit, also where nobody says how much it is', async () => {
    const large = BUNDLE + 'x'.repeat(2000);
    expect((await put('open', 'mine', large)).status).toBe(413);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(Buffer.from(sent === 0 ? BUNDLE : 'x'.repeat(500)));
        sent += 1;
      },
    });
    const init = { method: 'PUT', body: endless, duplex: 'half' } as RequestInit;
    const answer = await api.app.request('/orchestrate/open/task/mine/bundle', init);
    expect(answer.status).toBe(413);
    expect(sent).toBeLessThan(20);
  });

  test('may come byte by byte', async () => {
    const bytes = [...Buffer.from(BUNDLE.replace('v2', 'v3'))];
    const drops = new ReadableStream<Uint8Array>({
      pull(controller) {
        const byte = bytes.shift();
        if (byte === undefined) controller.close();
        else controller.enqueue(Uint8Array.of(byte));
      },
    });
    const init = { method: 'PUT', body: drops, duplex: 'half' } as RequestInit;
    const answer = await api.app.request('/orchestrate/open/task/mine/bundle', init);
    expect(answer.status).toBe(200);
  });
});

describe('an agent with a brief', () => {
  const address = async (job_id: string, task_id: string, expires = '2999-01-01T00:00:00.000Z') => {
    const token = await api.store.createCallback({
      job_id,
      task_id,
      workflow_id: `job-${job_id}/task-${task_id}`,
      attempt: 1,
      expires_at: expires,
    });
    return { token, path: `/callbacks/${token}/bundle` };
  };

  test('gets bundles and hands in its own, without a key', async () => {
    await api.store.createKey({ name: 'k', owner: 'somebody', role: 'admin' });
    const { path } = await address('done', 'write');
    expect((await api.ask('GET', '/orchestrate/done/bundle')).status).toBe(401);
    expect((await api.ask('GET', path)).body).toBe(`${BUNDLE}head`);
    expect((await api.ask('GET', `${path}?base=true`)).body).toBe(`${BUNDLE}base`);
    const own = await address('open', 'mine');
    expect((await api.ask('PUT', own.path, BUNDLE)).body).toMatchObject({ task_id: 'mine' });
    expect(await api.store.latestPushed('open', 'mine')).toMatchObject({ actor: 'agent' });
  });

  test('does so with its own address only, and until it has answered', async () => {
    const { token, path } = await address('open', 'mine');
    await api.store.markCallbackUsed(token);
    for (const method of ['GET', 'PUT']) {
      const body = method === 'PUT' ? BUNDLE : undefined;
      expect((await api.ask(method, path, body)).status).toBe(410);
      expect((await api.ask(method, '/callbacks/guessed/bundle', body)).status).toBe(404);
      const old = await address('open', 'mine', '2020-01-01T00:00:00.000Z');
      expect((await api.ask(method, old.path, body)).status).toBe(410);
    }
  });
});
