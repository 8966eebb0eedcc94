import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remarksOn, toSpec } from '../../api/compatibility/brokerage/request.ts';
import { Request } from '../../api/compatibility/brokerage/shapes.ts';
import { subtasksOf } from '../../api/compatibility/brokerage/status.ts';
import { StartInput } from '../../api/compatibility/mcp/inputs.ts';
import type { RequestContext } from '../../api/compatibility/mcp/session.ts';
import { startTask } from '../../api/compatibility/mcp/start.ts';
import type { NewJob } from '../../api/gateway/index.ts';
import { ProblemError } from '../../contracts/error.ts';
import { RepositoriesConfig } from '../../contracts/repository/config.ts';
import type { Delivered } from '../../contracts/repository/view.ts';
import type { JobView, TaskView } from '../../contracts/view.ts';
import { newRepositoryState } from '../../core/repository/state.ts';
import { repositoryView } from '../../core/repository/view.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { startLoneApi, type TestApi } from '../api/setup.ts';
import { roster } from '../core/samples.ts';
import { closedJob } from '../store/samples.ts';

const allowed = RepositoriesConfig.parse({
  roots: ['/srv/code'],
  hosts: { 'github.com': { allow_push: true } },
  from_metadata: 'allow',
});
const ignored = { ...allowed, from_metadata: 'ignore' as const };

/** Field by field what is wrong. */
function issuesOf(error: unknown): Record<string, string> {
  if (!(error instanceof ProblemError)) throw error;
  return Object.fromEntries(error.problem.fields!.map(({ path, issue }) => [path, issue]));
}

describe('agent brokerage', () => {
  const requestOf = (repository: unknown) =>
    Request.parse({ task_id: 't', title: 'T', description: 'D', metadata: { repository, team: 'iron' } });
  const specOf = (repository: unknown, rules = allowed) => toSpec(requestOf(repository), roster, rules);
  const refused = (repository: unknown) => {
    try {
      specOf(repository);
    } catch (error) {
      return issuesOf(error);
    }
    return {};
  };

  test('works in the repository of the metadata where that is allowed', () => {
    expect(specOf('/srv/code/app').repository).toMatchObject({
      location: '/srv/code/app',
      base_branch: null,
    });
    const named = { url: 'https://github.com/a/b', base_branch: 'next' };
    expect(specOf(named).repository).toMatchObject({
      location: 'https://github.com/a/b',
      base_branch: 'next',
    });
    expect(remarksOn(requestOf(named), allowed)).toEqual([]);
    expect(specOf(undefined)).not.toHaveProperty('repository');
  });

  test('passes it on, and says so, where it is not', () => {
    for (const repository of ['/etc', { url: 'x' }]) {
      const spec = specOf(repository, ignored);
      expect(spec).not.toHaveProperty('repository');
      expect(spec.context).toEqual({ repository, team: 'iron' });
      expect(remarksOn(requestOf(repository), ignored)[0]).toContain('metadata.repository');
    }
  });

  test('names what is wrong with it by its own fields', () => {
    expect(refused('/etc')['metadata.repository']).toContain('repositories.roots');
    expect(Object.keys(refused({ url: 'https://a:b@github.com/x/y', base_branch: 'a..b' }))).toEqual([
      'metadata.repository.url',
      'metadata.repository.base_branch',
    ]);
    expect(() => requestOf({ base_branch: 'main' })).toThrow();
  });

  test('says where work is that has landed', () => {
    const state = newRepositoryState('j', {
      location: 'https://github.com/a/b',
      base_branch: null,
      commands: {},
      avoid_conflicts: true,
      deliver: null,
    });
    const viewWith = (delivered: Delivered | null): JobView => {
      const task = (task_id: string, merge: string) =>
        ({ task_id, status: 'completed', depends_on: [], repository: { merge } }) as unknown as TaskView;
      const { view } = closedJob('j', {
        tasks: [task('a', 'landed'), task('b', 'queued')],
        repository: repositoryView({ repository: { ...state, delivered } } as JobState)!,
      });
      return view;
    };
    const outputsOf = (delivered: Delivered | null) =>
      subtasksOf(viewWith(delivered), new Map([['a', { text: 'done', branch: 'a lie' }]])).map(
        ({ outputs }) => outputs,
      );
    expect(outputsOf(null)).toEqual([{ text: 'done', branch: 'orchestrator/j/result' }, null]);
    const pull_request = 'https://github.com/a/b/pull/1';
    expect(outputsOf({ kind: 'pull_request', ref: 'orchestrator/j/result', pull_request })[0]).toEqual({
      text: 'done',
      branch: 'orchestrator/j/result',
      pull_request,
    });
  });
});

describe('over HTTP, without a Temporal', () => {
  let api: TestApi;
  const started: NewJob[] = [];
  beforeAll(async () => {
    api = await startLoneApi({ config: { repositories: allowed } });
    Object.assign(api.deps.gateway, {
      startJob: async (job: NewJob) => {
        started.push(job);
        return { job: 'started', planned: null };
      },
      queryJob: async () => null,
    });
  });
  afterAll(() => api.close());

  const start = async (input: object) => {
    const ctx = {
      deps: api.deps,
      session: { session_id: 's', project: 'p', tools: 'default' },
      caller: { owner: 'local', actor: 'local', role: 'admin', sees: null, key_id: null },
      request_id: JSON.stringify(input),
      signal: new AbortController().signal,
      progress() {},
    } satisfies RequestContext;
    await startTask(ctx, StartInput.parse({ task: 'Mend it', ...input }));
    return started.at(-1)!.spec;
  };

  test('task_start works in a repository', async () => {
    const spec = await start({ repository: 'git@github.com:a/b.git', baseBranch: 'next' });
    expect(spec.repository).toMatchObject({ location: 'git@github.com:a/b.git', base_branch: 'next' });
    expect(await start({})).not.toHaveProperty('repository');
  });

  test('task_start names what is wrong by its own fields', async () => {
    const count = started.length;
    const wrong = await start({ repository: '/etc', baseBranch: '-x' }).catch(issuesOf);
    expect(wrong).toMatchObject({
      repository: expect.stringContaining('roots'),
      baseBranch: expect.stringContaining('begin with -'),
    });
    const operation = { op: 'memory.put', memory: { key: 'k', value: 'v' }, repository: '/srv/code/app' };
    expect(await start(operation).catch(issuesOf)).toHaveProperty('repository');
    expect(started.length).toBe(count);
  });

  test('a project works in a repository', async () => {
    const project = {
      title: 'P',
      goal: 'Mend it',
      agents: [{ agent_id: 'lead', role: 'boss', specialty: 'general' }],
      repository: '/srv/code/app',
      check_command: 'npm test',
      deliver: 'branch',
    };
    const told = await api.ask('POST', '/projects', project, { prefer: 'wait=0' });
    expect(told.status).not.toBe(400);
    expect(started.at(-1)!.spec).toMatchObject({
      strategy: 'boss',
      repository: { location: '/srv/code/app', commands: { check: 'npm test' }, deliver: 'branch' },
    });
    const refused = await api.ask('POST', '/projects', { ...project, repository: '/etc' });
    expect(refused).toMatchObject({ status: 400, body: { error: { fields: [{ path: 'repository' }] } } });
  });

  test('a plan of a chat has none', async () => {
    const body = { taskDescription: 'Mend it', repository: '/srv/code/app' };
    await api.ask('POST', '/v1/orchestrate', body);
    expect(started.at(-1)!.spec).not.toHaveProperty('repository');
  });
});
