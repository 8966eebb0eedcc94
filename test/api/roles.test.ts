import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTE_ROLES } from '../../api/access/roles.ts';
import type { Role } from '../../contracts/access.ts';
import { startService, type TestService } from '../cli/service.ts';
import { until } from '../setup/until.ts';
import { startLoneApi } from './setup.ts';

type Route = keyof typeof ROUTE_ROLES;
const ROUTES = Object.keys(ROUTE_ROLES) as Route[];
const READERS = ROUTES.filter((route) => ROUTE_ROLES[route] === 'viewer');

test('every route that is served says who may use it, and nothing else does', async () => {
  const api = await startLoneApi();
  const served = api.app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  await api.close();
  expect(new Set(ROUTES)).toEqual(new Set(served));
});

describe('every route, for everybody', { timeout: 120_000 }, () => {
  const CALLERS = ['nobody', 'viewer', 'operator', 'admin', 'other'] as const;
  type Caller = (typeof CALLERS)[number];
  let service: TestService;
  const keys = {} as Record<Caller, string | undefined>;
  /** a job of the owner ann */
  let job: string;

  beforeAll(async () => {
    service = await startService();
    const { createKey } = service.worker.store;
    const key = async (owner: string, role: Role) => (await createKey({ owner, name: role, role })).key;
    keys.viewer = await key('ann', 'viewer');
    keys.operator = await key('ann', 'operator');
    keys.admin = await key('root', 'admin');
    keys.other = await key('bob', 'operator');
    job = await submit();
  }, 60_000);
  afterAll(() => service.close());

  async function submit(): Promise<string> {
    const answer = await ask('operator', 'POST /orchestrate/submit', '', {
      title: 'Of ann',
      description: 'Nobody else sees it',
      plan: { tasks: [{ task_id: 'only', title: 'Only', agent: 'human' }] },
    });
    expect(answer.status).toBe(201);
    return answer.body.job_id;
  }

  async function ask(caller: Caller, route: Route, job_id: string, body?: unknown) {
    const [method, path] = route.split(' ') as [string, string];
    const url = path
      .replace(/\{(job_id|planId|id)\}/, job_id)
      .replace('{task_id}', 'only')
      .replaceAll(/\{\w+\}/g, 'x');
    const response = await fetch(service.url + url, {
      method,
      headers: {
        accept: 'application/json',
        ...(keys[caller] ? { authorization: `Bearer ${keys[caller]}` } : {}),
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
      },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson && text !== '' ? JSON.parse(text) : text };
  }

  /** What the matrix says of an answer: refused with that status, the job hidden, or let in. */
  function outcome({ status, body }: Awaited<ReturnType<typeof ask>>): string {
    if (status === 401 || status === 403) return String(status);
    if (status === 404 && /There is no job/.test(body.error.message)) return 'hidden';
    return status < 500 || status === 503 ? 'let in' : `${status}`;
  }

  function expected(caller: Caller, route: Route): string {
    // settings of the whole installation are the admin's
    if (route === 'PUT /settings/routing' && ['operator', 'other'].includes(caller)) return '403';
    const needed = ROUTE_ROLES[route];
    if (needed === 'anyone') return 'let in';
    if (caller === 'nobody') return '401';
    if (caller === 'viewer' && needed !== 'viewer') return '403';
    return caller === 'other' && /\{(job_id|planId|id)\}/.test(route) ? 'hidden' : 'let in';
  }

  const matrix = ROUTES.flatMap((route) => CALLERS.map((caller) => ({ route, caller })));

  test.each(matrix.filter(({ route }) => !route.startsWith('DELETE')))('$route by $caller', async (cell) => {
    const answer = await ask(cell.caller, cell.route, job, bodyOf(cell.route));
    expect(outcome(answer)).toBe(expected(cell.caller, cell.route));
  });

  /** A body that would be followed, so that only who asks decides. */
  const bodyOf = (route: Route): unknown => {
    if (route.endsWith('/revise')) return { feedback: 'Do it better' };
    if (route.endsWith('/budget')) return { add_usd: 1 };
    if (route.startsWith('POST /projects')) return { to_agent: 'only', content: 'Hear me' };
    if (route.endsWith('/messages')) return { to: 'only', content: 'Hear me' };
    if (route.endsWith('{approval_id}')) return { decision: 'approve' };
    if (route.startsWith('PUT')) return { tasks: [{ task_id: 'only', title: 'Only', agent: 'human' }] };
    return {};
  };

  test.each(['nobody', 'viewer', 'other', 'operator'] as const)(
    'DELETE /orchestrate/{job_id} by %s',
    async (caller) => {
      const wanted = expected(caller, 'DELETE /orchestrate/{job_id}');
      expect(outcome(await ask(caller, 'DELETE /orchestrate/{job_id}', await submit()))).toBe(wanted);
    },
  );

  test("an admin deletes somebody's job, and what it cost stays that owner's", async () => {
    const { store } = service.worker;
    const doomed = await submit();
    expect((await ask('admin', 'DELETE /orchestrate/{job_id}', doomed)).status).toBeLessThan(300);
    expect((await store.getTombstone(doomed))?.owner).toBe('ann');
    expect((await ask('operator', 'GET /orchestrate/{job_id}', doomed)).status).toBe(404);
  });

  test('lists and feeds show everybody the jobs of their owner, and an admin all', async () => {
    await until(async () => (await service.worker.store.readEvents(job, 0, 1)).length > 0, {
      what: 'the events to be in the database',
    });
    for (const route of ['GET /orchestrate/jobs', 'GET /events'] as const) {
      for (const caller of ['viewer', 'operator', 'admin'] as const) {
        expect(JSON.stringify((await ask(caller, route, '')).body), `${route} ${caller}`).toContain(job);
      }
    }
    for (const route of READERS.filter((one) => !one.includes('{'))) {
      expect(JSON.stringify((await ask('other', route, '')).body), route).not.toContain(job);
    }
    const listed = async (caller: Caller, owner: string) => {
      const answer = await fetch(`${service.url}/orchestrate/jobs?owner=${owner}`, {
        headers: { authorization: `Bearer ${keys[caller]}` },
      });
      const { jobs } = (await answer.json()) as { jobs: { owner: string }[] };
      return new Set(jobs.map((one) => one.owner));
    };
    expect(await listed('admin', 'ann')).toEqual(new Set(['ann']));
    expect(await listed('admin', 'bob')).toEqual(new Set());
    expect(await listed('other', 'ann')).toEqual(new Set());
  });

  test('the journal says who did what: owner and key', async () => {
    const one = await submit();
    await ask('operator', 'POST /orchestrate/{job_id}/approve', one);
    await ask('admin', 'POST /orchestrate/{job_id}/pause', one);
    await ask('operator', 'POST /orchestrate/{job_id}/resume', one);
    await ask('operator', 'POST /orchestrate/{job_id}/task/{task_id}/complete', one, { output: 'done' });
    await ask('admin', 'POST /orchestrate/{job_id}/cancel', one);
    const { events } = (await ask('viewer', 'GET /orchestrate/{job_id}/events', one)).body;
    const actors = events.flatMap(({ type, actor }: { type: string; actor?: string }) =>
      actor ? [[type, actor]] : [],
    );
    expect(actors).toEqual(
      expect.arrayContaining([
        ['job.submitted', 'ann/operator'],
        ['job.approved', 'ann/operator'],
        ['job.paused', 'root/admin'],
        ['job.resumed', 'ann/operator'],
        ['task.completed', 'ann/operator'],
      ]),
    );
  });
});
