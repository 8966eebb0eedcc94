import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobEvent } from '../../contracts/event.ts';
import type { JobChanges } from '../../contracts/repository/work.ts';
import type { JobView, TaskView } from '../../contracts/view.ts';
import { newRepositoryState } from '../../core/repository/state.ts';
import { repositoryView } from '../../core/repository/view.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { startLoneApi, type TestApi } from '../api/setup.ts';
import { closedJob } from '../store/samples.ts';
import { jsonCli, runCli } from './run.ts';

/*
 * A repository with a base, a branch of results on top of it, and jobs that say so: what their workflows would say comes
 * from here.
 */
let api: TestApi;
let server: Server;
let url: string;
const live = new Map<string, { view: JobView; changes: JobChanges; events?: JobEvent[] }>();

let folder: string;
let origin: string;
let clone: string;
let base: string;
let landed: string;
let others: string;

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@x', ...args], { cwd, stdio: 'pipe' })
    .toString()
    .trim();
function commit(cwd: string, name: string, text: string): string {
  writeFileSync(join(cwd, name), text);
  git(cwd, 'add', '-A');
  git(cwd, 'commit', '-qm', `write ${name}`);
  return git(cwd, 'rev-parse', 'HEAD');
}
async function bundle(job_id: string, ...revisions: string[]): Promise<string> {
  const file = join(folder, 'made.bundle');
  git(origin, 'bundle', 'create', '-q', file, ...revisions);
  return (await api.store.putContent({ job_id, source: readFileSync(file) })).sha256;
}

beforeAll(async () => {
  api = await startLoneApi();
  Object.assign(api.deps.gateway, {
    describeJob: async (job_id: string) => (live.has(job_id) ? { owner: 'local' } : null),
    queryJob: async (job_id: string, name: string, args?: { after: number; limit: number }) => {
      const { changes, view, events = [] } = live.get(job_id)!;
      if (name !== 'events') return name === 'changes' ? changes : view;
      const { after, limit } = args!;
      const page = events.filter(({ seq }) => seq > after).slice(0, limit);
      return { events: page, first_seq: 1, last_seq: events.length, closed: false };
    },
    describeWork: async () => new Map(),
  });
  server = createServer(getRequestListener(api.app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await api.close();
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-cli-work-'));
  origin = join(folder, 'origin');
  clone = join(folder, 'clone');
  mkdirSync(origin);
  git(origin, 'init', '-q', '-b', 'main');
  base = commit(origin, 'a.txt', 'one\n');
  git(folder, 'clone', '-q', 'origin', 'clone');
  git(origin, 'switch', '-qc', 'orchestrator/work/result');
  landed = commit(origin, 'b.txt', 'landed\n');
  git(origin, 'switch', '-qc', 'orchestrator/work/tasks/clash', base);
  others = commit(origin, 'b.txt', 'other\n');
  git(origin, 'switch', '-q', 'main');
  const task = (task_id: string, fields: object) =>
    ({
      ...{ task_id, title: task_id, agent: 'human', reason: null, error: null, output_preview: null },
      ...{ attempt: 1, cost_usd: 0, parked_until: null, started_at: null, finished_at: null },
      ...{ artifacts_left_out: [], depends_on: [] },
      ...fields,
    }) as unknown as TaskView;
  const state = {
    ...newRepositoryState('work', {
      location: origin,
      base_branch: null,
      commands: {},
      avoid_conflicts: true,
      deliver: null,
    }),
    base: { branch: 'main', sha: base, bundle: null, overview_ref: '' },
    head_sha: landed,
    landed: 1,
  };
  const { view } = closedJob('work', {
    owner: 'local',
    status: 'running',
    finished_at: null,
    repository: repositoryView({ repository: state } as JobState)!,
    tasks: [
      task('design', { status: 'blocked', reason: 'waiting_for_person', depends_on: [] }),
      task('clash', {
        status: 'running',
        depends_on: [],
        repository: {
          branch: 'orchestrator/work/tasks/clash',
          base_sha: base,
          head_sha: others,
          merge: 'conflict',
          conflict_files: ['b.txt'],
        },
      }),
    ],
  });
  const head_bundle = await bundle('work', `^${base}`, 'orchestrator/work/result');
  const task_bundle = await bundle('work', `^${base}`, 'orchestrator/work/tasks/clash');
  live.set('work', {
    view,
    changes: {
      base_bundle: null,
      base_sha: base,
      head_sha: landed,
      head_bundle,
      diff: null,
      tasks: { clash: { base_sha: base, head_sha: others, bundle: task_bundle, diff: null } },
    },
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cli = (args: string[], cwd = clone) => runCli(args, { url, cwd });
const at = (ref: string, cwd = clone) => git(cwd, 'rev-parse', ref);

describe('orchestrator fetch', () => {
  it('makes the branch with what has landed', async () => {
    const { exit, stdout } = await cli(['fetch', 'work']);
    expect(exit).toBe(0);
    expect(at('refs/heads/orchestrator/work/result')).toBe(landed);
    expect(stdout).toContain('with the work of 1 task');
    expect(git(clone, 'status', '--porcelain')).toBe('');
    expect(git(clone, 'symbolic-ref', '--short', 'HEAD')).toBe('main');
  });

  it('makes the branch of a task, and says what comes next', async () => {
    const { exit, stdout } = await cli(['fetch', 'work', '--task', 'design']);
    expect(exit).toBe(0);
    expect(at('refs/heads/orchestrator/work/tasks/design')).toBe(landed);
    expect(stdout).toContain('git switch orchestrator/work/tasks/design');
    expect(stdout).toContain('push work --task design');
  });

  it('makes the branch of work that does not merge, with what it is to be merged with', async () => {
    const { stdout } = await cli(['fetch', 'work', '--task', 'clash']);
    expect(at('refs/heads/orchestrator/work/tasks/clash')).toBe(others);
    expect(at('refs/heads/orchestrator/work/result')).toBe(landed);
    expect(stdout).toContain('git merge orchestrator/work/result');
  });

  it('moves a branch forward, and leaves work on it alone', async () => {
    git(clone, 'branch', 'orchestrator/work/result', base);
    expect((await cli(['fetch', 'work'])).exit).toBe(0);
    expect(at('refs/heads/orchestrator/work/result')).toBe(landed);
    git(clone, 'switch', '-q', 'orchestrator/work/result');
    const own = commit(clone, 'own.txt', 'mine\n');
    expect((await cli(['fetch', 'work'])).exit).toBe(0);
    expect(at('HEAD')).toBe(own);
  });

  /** Two attempts at `hard`: one failed, the work of the other was taken back. */
  async function kept(fields: object = {}) {
    const works: { sha: string; bundle_ref: string }[] = [];
    for (const n of [1, 2]) {
      git(origin, 'switch', '-q', '--detach', base);
      const sha = commit(origin, 'h.txt', `attempt ${n}\n`);
      git(origin, 'branch', '-f', 'made', sha);
      works.push({ sha, bundle_ref: await bundle('work', `^${base}`, 'made') });
    }
    git(origin, 'switch', '-q', 'main');
    const job = live.get('work')!;
    const event = (seq: number, attempt: number, data: JobEvent['data']): JobEvent => ({
      ...{
        seq,
        job_id: 'work',
        at: '2026-01-01T00:00:00.000Z',
        type: 'task.committed',
        task_id: 'hard',
        attempt,
      },
      data: { files_changed: 1, ...data },
    });
    const [first, second] = works as [(typeof works)[0], (typeof works)[0]];
    job.events = [
      event(1, 1, { head_sha: first.sha, kept_aside: true, bundle_ref: first.bundle_ref }),
      event(2, 2, { head_sha: second.sha, bundle_ref: second.bundle_ref }),
      event(3, 3, { head_sha: '1'.repeat(40), kept_aside: true }),
      { ...event(4, 1, { head_sha: '2'.repeat(40), bundle_ref: '0' }), task_id: 'other' },
    ];
    const repository = { branch: 'orchestrator/work/tasks/hard', base_sha: landed, head_sha: second.sha };
    const task = {
      ...job.view.tasks[0]!,
      task_id: 'hard',
      repository: { ...repository, merge: 'taken_back' },
    };
    job.view.tasks.push({ ...task, ...fields } as unknown as TaskView);
    return { first: first.sha, second: second.sha };
  }

  it('gets work that was kept aside or taken back, each as a branch of its own, and says so', async () => {
    const { first, second } = await kept();
    const rejected = 'orchestrator/work/tasks/hard-rejected-';
    const { exit, stdout } = await cli(['fetch', 'work', '--task', 'hard']);
    expect(exit).toBe(0);
    expect([at(`${rejected}1`), at(`${rejected}2`)]).toEqual([first, second]);
    expect(at('refs/heads/orchestrator/work/tasks/hard')).toBe(landed);
    expect(stdout).toContain(`${rejected}1 is at ${first.slice(0, 10)}, what attempt 1 left when it failed`);
    expect(stdout).toContain(`${rejected}2 is at ${second.slice(0, 10)}, what attempt 2 handed in`);
    expect(stdout).toContain(`Kept aside: ${'1'.repeat(40)}, what attempt 3 left`);
    expect(stdout).toContain("only the service's own copy");
    expect(stdout).not.toContain('2222');

    git(clone, 'branch', '-f', `${rejected}1`, base);
    const told = await jsonCli(['fetch', 'work', '--task', 'hard'], { url, cwd: clone });
    expect(told.kept_aside).toMatchObject([
      { branch: `${rejected}3`, sha: first, attempt: 1, why: 'failed' },
      { branch: `${rejected}2`, sha: second, attempt: 2, why: 'not_landed' },
      { branch: null, attempt: 3 },
    ]);
    expect(at(`${rejected}1`)).toBe(base);
  });

  it('gets the work of a task that has ended while it waited, and asks for no more of it', async () => {
    const { second } = await kept({ status: 'cancelled' });
    const job = live.get('work')!;
    job.view.tasks.at(-1)!.repository!.merge = 'queued';
    job.changes.tasks.hard = {
      ...{ base_sha: base, head_sha: second, diff: null },
      bundle: job.events![1]!.data.bundle_ref as string,
    };
    const { stdout } = await cli(['fetch', 'work', '--task', 'hard']);
    expect(at('refs/heads/orchestrator/work/tasks/hard')).toBe(second);
    expect(stdout).toContain('with its work');
    expect(stdout).not.toContain('push work');
    expect(
      git(clone, 'for-each-ref', '--format=%(refname)', 'refs/heads/orchestrator/work/tasks'),
    ).not.toContain('rejected-2');
  });

  it('overwrites nothing that went another way, or is checked out', async () => {
    git(clone, 'switch', '-qc', 'orchestrator/work/result');
    const checkedOut = await cli(['fetch', 'work']);
    expect(checkedOut.exit).toBe(4);
    expect(checkedOut.stderr).toContain(`git merge --ff-only ${landed}`);
    const own = commit(clone, 'own.txt', 'mine\n');
    const apart = await cli(['fetch', 'work']);
    expect(apart.exit).toBe(4);
    expect(apart.stderr).toContain('git branch -m');
    expect(at('HEAD')).toBe(own);
  });

  it('says where it can not be used', async () => {
    const outside = await cli(['fetch', 'work'], folder);
    expect(outside.stderr).toContain('no git repository');
    const other = join(folder, 'other');
    mkdirSync(other);
    git(other, 'init', '-q');
    commit(other, 'x', 'x');
    const stranger = await cli(['fetch', 'work'], other);
    expect(stranger.stderr).toContain('This is no clone of');
    live.get('work')!.changes.base_bundle = await bundle('work', 'main');
    const still = await cli(['fetch', 'work'], other);
    expect(still.stderr).toContain('Nothing was changed');
    expect(git(other, 'for-each-ref', 'refs/heads/orchestrator')).toBe('');
    expect((await cli(['fetch', 'work', '--task', 'nobody'])).stderr).toContain('no task nobody');
    expect((await cli(['fetch', 'nothing'])).exit).toBe(3);
  });

  it('fills an empty repository from the bundle of the base', async () => {
    live.get('work')!.changes.base_bundle = await bundle('work', 'main');
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    git(empty, 'init', '-q');
    expect((await cli(['fetch', 'work', '--task', 'design'], empty)).exit).toBe(0);
    git(empty, 'switch', '-q', 'orchestrator/work/tasks/design');
    expect(readFileSync(join(empty, 'b.txt'), 'utf8')).toBe('landed\n');
  });
});

describe('orchestrator push', () => {
  const pushed = async () => {
    const { sha256 } = (await api.store.latestPushed('work', 'design'))!;
    const file = join(folder, 'pushed.bundle');
    writeFileSync(file, await api.store.getContent(sha256));
    return file;
  };

  it('hands in the commits of the current branch', async () => {
    await cli(['fetch', 'work', '--task', 'design']);
    git(clone, 'switch', '-q', 'orchestrator/work/tasks/design');
    commit(clone, 'c.txt', 'mine\n');
    const head = commit(clone, '-d.txt', 'mine too\n');
    writeFileSync(join(clone, 'left.txt'), 'not committed');
    const { exit, stdout, stderr } = await cli(['push', 'work', '--task', 'design']);
    expect([exit, stderr]).toEqual([0, expect.stringContaining('not committed here')]);
    expect(stdout).toContain('2 commits');
    expect(stdout).toContain('complete work design');
    git(origin, 'bundle', 'unbundle', await pushed());
    expect(git(origin, 'rev-list', '--count', `${landed}..${head}`)).toBe('2');
    expect(git(origin, 'bundle', 'list-heads', await pushed())).toBe(
      `${head} refs/heads/orchestrator/work/tasks/design`,
    );
  });

  it('hands in a merge of what did not merge, and says how that is decided', async () => {
    await cli(['fetch', 'work', '--task', 'clash']);
    git(clone, 'switch', '-q', 'orchestrator/work/tasks/clash');
    git(clone, 'merge', '-q', '-s', 'ours', '-m', 'both', 'orchestrator/work/result');
    const { stdout } = await cli(['push', 'work', '--task', 'clash']);
    expect(stdout).toContain('decide work conflict-clash approve --answer resolved');
  });

  it('works from a detached head, and as JSON', async () => {
    git(clone, 'switch', '-q', '--detach', 'main');
    commit(clone, 'c.txt', 'mine\n');
    const told = await jsonCli(['push', 'work', '--task', 'design'], { url, cwd: clone });
    expect(told).toMatchObject({ task_id: 'design', commits: 1 });
  });

  it('says what is missing', async () => {
    const nothing = await cli(['push', 'work', '--task', 'design']);
    expect(nothing.stderr).toContain('nothing to push');
    expect((await cli(['push', 'work', '--task', 'design'], folder)).stderr).toContain('no git repository');
    git(clone, 'switch', '-q', '--orphan', 'elsewhere');
    commit(clone, 'x', 'x');
    const apart = await cli(['push', 'work', '--task', 'design']);
    expect([apart.exit, apart.stderr]).toEqual([4, expect.stringContaining('fetch work --task design')]);
    expect((await cli(['push', 'work'])).exit).toBe(2);
  });
});

it('status shows the repository, and how the work of each task stands', async () => {
  const { stdout } = await cli(['status', 'work']);
  expect(stdout).toContain(`main at ${base.slice(0, 10)}`);
  expect(stdout).toContain('1 landed');
  expect(stdout).toContain('does not merge: b.txt');
  expect(stdout).toContain('fetch work --task design');
});

it('diff says that nothing has landed', async () => {
  const { exit, stderr } = await cli(['diff', 'work', '--stat']);
  expect([exit, stderr]).toEqual([3, expect.stringContaining('landed')]);
});

describe('orchestrator check-log', () => {
  beforeAll(async () => {
    const job_id = 'checked';
    const put = async (source: string) => (await api.store.putContent({ job_id, source })).sha256;
    const event = (seq: number, type: JobEvent['type'], data: JobEvent['data']): JobEvent => ({
      ...{ seq, job_id, at: '2026-01-01T00:00:00.000Z', type, data },
    });
    await api.store.archiveJob(closedJob(job_id, { owner: 'local' }));
    await api.store.appendEvents('local', [
      event(1, 'repository.base_checked', { passed: true, log_ref: await put('all is well\n') }),
      event(2, 'merge.checked', { passed: false, task_ids: ['a'], log_ref: await put('a fails\n') }),
      event(3, 'merge.checked', { passed: true, task_ids: ['b', 'c'], log_ref: await put('b passes\n') }),
    ]);
  });

  it.each([
    [['checked'], 'b passes\n'],
    [['checked', '--task', 'a'], 'a fails\n'],
    [['checked', '--task', 'c'], 'b passes\n'],
  ])('%j prints what the check printed, and nothing else', async (args, text) => {
    expect(await cli(['check-log', ...args])).toMatchObject({ exit: 0, stdout: text, stderr: '' });
  });

  it('gives what was checked with it as JSON', async () => {
    const told = await jsonCli(['check-log', 'checked', '--task', 'a'], { url, cwd: clone });
    expect(told).toMatchObject({ event: { seq: 2, data: { passed: false } }, text: 'a fails\n' });
  });

  it('says that no check has run, or that there is no such job', async () => {
    const nothing = await cli(['check-log', 'checked', '--task', 'd']);
    expect(nothing).toMatchObject({
      exit: 0,
      stdout: '',
      stderr: expect.stringContaining('No check has run'),
    });
    expect((await cli(['check-log', 'nowhere'])).exit).toBe(3);
  });
});
