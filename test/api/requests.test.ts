import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkStorable, parseJson } from '../../api/request/json.ts';
import { preferredWait } from '../../api/request/prefer.ts';
import { readYamlInLine } from '../../api/request/yaml-line.ts';
import type { ProblemError } from '../../contracts/error.ts';
import { startLoneApi, type TestApi, type Told } from './setup.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startLoneApi({ config: { limits: { ...limits, body_bytes: 20_000 } } as never });
});
afterAll(() => api.close());
const limits = { max_tasks: 3, max_workers: 4, output_bytes: 1024, artifact_bytes: 1024 };

const submit = (body: unknown, headers?: Record<string, string>) =>
  api.ask('POST', '/orchestrate/submit', body, headers);
const paths = ({ body }: Told): string[] =>
  body.error.fields.map((field: { path: string }) => field.path).sort();
const spec = { title: 'A test', description: 'Do it' };

const names = (count: number, name: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), 1]));
function issuesOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return (error as ProblemError).problem.fields;
  }
  return undefined;
}

describe('a submission that is refused', () => {
  test('names every field at once', async () => {
    const answer = await submit({ title: '', max_workers: 0, provider: 'nobody', colour: 'red' });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('validation');
    expect(paths(answer)).toEqual(['colour', 'description', 'max_workers', 'provider', 'title']);
  });

  test('says what is wrong in plain words', async () => {
    const { body } = await submit({
      title: 5,
      max_workers: 1.5,
      priority: 'soon',
      constraints: 'none',
      budget_usd: -1,
      acceptance_criteria: [7, { text: 8 }],
      plan: { tasks: [{ task_id: 'a', title: 'a', command: false, env: { 'A B': '' } }] },
    });
    const said = body.error.fields.map(({ path, issue }: Record<string, string>) => [path, issue]);
    expect(Object.fromEntries(said)).toEqual({
      title: 'must be a string',
      description: 'is required',
      max_workers: 'must be a whole number',
      priority: 'must be one of low, medium, high, critical',
      constraints: 'must be a list',
      budget_usd: 'must be at least 0',
      'acceptance_criteria.0': 'must be a string or an object',
      'acceptance_criteria.1.text': 'must be a string',
      'plan.tasks.0.command': 'must be a string or a list',
      'plan.tasks.0.env.A B': "a field's name: not a variable name",
    });
  });

  test.each(['wait=abc', 'wait', 'wait=-1', 'wait=1.5', 'wait=""', 'respond-async, WAIT = soon'])(
    'prefers %s',
    async (prefer) => {
      const answer = await submit(spec, { prefer });
      expect(answer.status).toBe(400);
      expect(paths(answer)).toEqual(['Prefer']);
      expect(answer.body.error.message).toContain('wait must be a whole number of seconds');
    },
  );

  test('in a repository is refused where none is set up, with what to set', async () => {
    const answer = await submit({ ...spec, repository: '/srv/app', base_branch: 'a..b', deliver: 'push' });
    expect(answer.status).toBe(400);
    expect(paths(answer)).toEqual(['base_branch', 'repository']);
    expect(answer.body.error.fields[0].issue).toContain('repositories.roots');
  });

  test('contradicts itself by two names for one thing', async () => {
    const answer = await submit({
      ...spec,
      budget_usd: 1,
      max_budget_usd: null,
      provider: 'anthropic',
      llm_config: { provider: 'openai' },
      approval: 'required',
      auto_approve: true,
    });
    expect(paths(answer)).toEqual(['auto_approve', 'llm_config.provider', 'max_budget_usd']);
  });

  test('asks for more workers than allowed', async () => {
    expect(paths(await submit({ ...spec, max_workers: 5 }))).toEqual(['max_workers']);
  });

  test('has a plan with many mistakes, all told by field', async () => {
    const task = (task_id: string, rest: object = {}) => ({
      task_id,
      title: task_id,
      agent: 'human',
      ...rest,
    });
    const answer = await submit({
      ...spec,
      plan: {
        tasks: [
          task('a', { depends_on: ['z'] }),
          task('b', { agent: 'nobody' }),
          task('b', { agent: 'command' }),
          task('c', { depends_on: ['d'], acceptance_criteria: ['x'] }),
          task('d', { depends_on: ['c'] }),
        ],
      },
    });
    expect(paths(answer)).toEqual([
      'plan.tasks',
      'plan.tasks',
      'plan.tasks.0.depends_on.0',
      'plan.tasks.1.agent',
      'plan.tasks.2.command',
      'plan.tasks.2.task_id',
      'plan.tasks.3.acceptance_criteria.0',
    ]);
  });

  test.each(['', ' ', 'ключ', 'a'.repeat(256)])('has the idempotency key %j', async (key) => {
    const headers = new Headers();
    try {
      headers.set('idempotency-key', key);
    } catch {
      return; // no client could send it
    }
    const answer = await submit(spec, { 'idempotency-key': key });
    expect(answer.status).toBe(400);
    expect(paths(answer)).toEqual(['Idempotency-Key']);
  });
});

test.each([
  [undefined, 30],
  ['', 30],
  ['respond-async', 30],
  ['return=minimal; wait=abc, handling="a, wait=b"', 30],
  ['wait=5', 5],
  ['respond-async, Wait="7"; x=1', 7],
  ['wait=0, wait=abc', 0],
  ['wait=99999999999999999999', 180],
  ['a="unclosed, wait=abc', 30],
])('the preference %j means a wait of %d s', (header, seconds) => {
  expect(preferredWait(header)).toBe(seconds);
});

describe('commands in a plan', () => {
  test('are refused at submit where they are switched off, or not on the allowlist', async () => {
    const task = { task_id: 'a', title: 'a', agent: 'command', command: 'rm -rf x' };
    const plan = {
      tasks: [task, { ...task, task_id: 'b', command: 'npm test', env: { HOME: '/x', CI: '1' } }],
    };
    const off = await startLoneApi({ config: { commands: 'off' } as never });
    const listed = await startLoneApi({
      config: { command_allowlist: ['npm test'], command_env_allowlist: ['CI'] } as never,
    });
    try {
      expect(paths(await off.ask('POST', '/orchestrate/submit', { ...spec, plan }))).toEqual([
        'plan.tasks.0.agent',
        'plan.tasks.1.agent',
      ]);
      const answer = await listed.ask('POST', '/orchestrate/submit', {
        ...spec,
        plan,
        acceptance_criteria: [{ text: 'works', command: 'rm x' }],
      });
      expect(paths(answer)).toEqual([
        'acceptance_criteria.0.command',
        'plan.tasks.0.command',
        'plan.tasks.1.env.HOME',
      ]);
    } finally {
      await off.close();
      await listed.close();
    }
  });
});

describe('a body', () => {
  test('over the limit gets 413 without being read, told or not how long it is', async () => {
    let pulled = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(1000).fill(32));
        },
      });
    const send = (headers: Record<string, string>) =>
      api.app.request('/orchestrate/submit', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: endless(),
        duplex: 'half',
      } as RequestInit);
    expect((await send({ 'content-length': '1000000000' })).status).toBe(413);
    expect(pulled).toBeLessThanOrEqual(1);
    expect((await send({})).status).toBe(413);
    expect(pulled).toBeLessThan(30);
  });

  test('that is no JSON by its type gets 415, as commands do', async () => {
    expect((await submit('title=x', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(
      415,
    );
    expect((await submit('{}', {})).status).toBe(415);
    expect(
      (await api.ask('POST', '/orchestrate/j1/approve', 'a: 1', { 'content-type': 'text/yaml' })).status,
    ).toBe(415);
  });

  test.each([
    ['{"title": ', 'not valid JSON'],
    ['[', 'not valid JSON'],
    ['['.repeat(5000) + ']'.repeat(5000), 'cannot be stored'],
    [`{"title": "a\\u0000b", "description": "x"}`, 'cannot be stored'],
    ['{"title": "\\ud800", "description": "x"}', 'cannot be stored'],
    ['{"title": "x", "description": "x", "context": {"__proto__": {"a": 1}}}', 'cannot be stored'],
    ['"text"', 'not valid'],
    ['null', 'not valid'],
    ['[]', 'not valid'],
    ['{"title": "x", "description": "x", "context": {"id": 9007199254740993}}', 'cannot be stored'],
  ])('%.40s gets 400', async (body, message) => {
    const answer = await submit(body, { 'content-type': 'application/json' });
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(message);
  });

  test('a number that would be rounded is named with its place', async () => {
    const body = '{"title": "x", "description": "x", "context": {"ids": [1, 9007199254740993]}}';
    const answer = await submit(body, { 'content-type': 'application/json' });
    expect(answer.body.error.fields).toEqual([
      { path: 'context.ids.1', issue: expect.stringContaining('the number 9007199254740993 can') },
    ]);
  });

  test.each([
    ['the names above what is wrong', { ['k'.repeat(18_000)]: Array(100).fill('\0') }],
    ['wrong names in one place', { ['k'.repeat(4000)]: names(800, (index) => `${index}\0`) }],
    ['names that are not known', names(200, (index) => `${index}${'k'.repeat(80)}`)],
    ['a name that is not known', { ...spec, ['k'.repeat(18_000)]: 1, plan: { ['p'.repeat(1000)]: 1 } }],
  ])('is not answered with more than it says: %s', async (_, body) => {
    const answer = await submit(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.fields.length).toBeGreaterThan(0);
    for (const path of paths(answer)) expect(path.length).toBeLessThanOrEqual(210);
    expect(JSON.stringify(answer.body).length).toBeLessThan(25_000);
  });

  test('may hold many values, and no more: those of the largest plans are far fewer', () => {
    const tasks = Array.from({ length: 500 }, (_, index) => ({
      task_id: `t${index}`,
      depends_on: Array.from({ length: 20 }, (_, back) => `t${index - back}`),
      files: Array.from({ length: 50 }, (_, file) => `f${file}`),
    }));
    expect(() => checkStorable({ plan: { tasks } })).not.toThrow();
    const refusal = { fields: [{ path: 'plan.tasks', issue: expect.stringContaining('100000 values') }] };
    const lists = [Array(330_000).fill({}), names(100_001, String), Array(60_000).fill([1])];
    const told = lists.map((tasks) => issuesOf(() => checkStorable({ plan: { tasks } })));
    expect(told.slice(0, 2)).toEqual([refusal.fields, refusal.fields]);
    expect(told[2]).toEqual([{ ...refusal.fields[0], path: expect.stringMatching(/^plan\.tasks\.\d+$/) }]);
    const within = issuesOf(() => parseJson(JSON.stringify({ acceptance_criteria: Array(490_000).fill(1) })));
    expect(within).toEqual([{ ...refusal.fields[0], path: 'acceptance_criteria' }]);
  });

  test('that is not UTF-8 gets 400', async () => {
    const response = await api.app.request('/orchestrate/submit', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    });
    expect(response.status).toBe(400);
  });

  test('of a submission may be YAML, which is checked as well', async () => {
    const yaml = { 'content-type': 'application/yaml' };
    expect(paths(await submit('title: A test\nmax_workers: 9\n', yaml))).toEqual(['description']);
    expect((await submit('a: [', yaml)).status).toBe(400);
    expect((await submit('title: a\ntitle: b', yaml)).body.error.message).toMatch(
      /unique at line 2, column 1/,
    );
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replaceAll(/./g, (name, at: number) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`)}]\n`)}`;
    expect((await submit(bomb, yaml)).body.error.message).toMatch(
      /The aliases stand for too much text at line \d+, column \d+$/,
    );
    expect((await submit('title: a: b\n', yaml)).body.error.message).toMatch(
      /YAML: Nested mappings .* at line 1, column 8$/,
    );
    const merged =
      'title: A\nplan:\n  tasks:\n    - &t { task_id: a, title: A }\n    - { <<: *t, task_id: B }\n';
    expect(paths(await submit(merged, yaml))).toEqual(['description', 'plan.tasks.1.task_id']);
  });

  test('that is wrong in a task says in which, and what an unknown field may have meant', async () => {
    const task = (task_id: string, more: object = {}) => ({
      task_id,
      title: 'A',
      agent: 'command',
      command: 'true',
      ...more,
    });
    const ask = (...tasks: object[]) => submit({ title: 'A', description: 'B', plan: { tasks } });
    expect((await ask(task('a'), task('b', { depend_on: [] }))).body.error.fields).toEqual([
      {
        path: 'plan.tasks.1.depend_on',
        issue: 'unknown field; did you mean `depends_on`?',
        task_id: 'b',
      },
    ]);
    expect((await ask(task('a'), task('b', { depends_on: ['c'] }))).body.error.fields).toEqual([
      { path: 'plan.tasks.1.depends_on.0', issue: "no task has the id 'c'", task_id: 'b' },
    ]);
    const changed = await api.ask('PATCH', '/orchestrate/j1/plan', { add: [task('c', { titel: 'x' })] });
    expect(changed.body.error.fields).toEqual([
      { path: 'add.0.titel', issue: 'unknown field; did you mean `title`?', task_id: 'c' },
    ]);
  });

  test('YAML that its parser never ends with holds nobody up, and is refused', async () => {
    const endless = submit('? '.repeat(2000), { 'content-type': 'application/yaml' });
    const order: string[] = [];
    const both = [
      endless.then(() => order.push('YAML')),
      api.ask('GET', '/healthz').then(() => order.push('health')),
    ];
    await Promise.all(both);
    expect(order).toEqual(['health', 'YAML']);
    expect(await endless).toMatchObject({ status: 400, body: { error: { code: 'validation' } } });
  });
});

test('YAML of one client waits in twos, and others have their turn in between', async () => {
  const keyed = await startLoneApi();
  try {
    const keyOf = async (owner: string) => {
      const { key } = await keyed.store.createKey({ owner, name: 'x', role: 'operator' });
      return { 'content-type': 'application/yaml', authorization: `Bearer ${key}` };
    };
    const [ann, bob] = [await keyOf('ann'), await keyOf('bob')];
    const order: string[] = [];
    const send = async (who: string, headers: Record<string, string>, body: string) => {
      const answer = await keyed.ask('POST', '/orchestrate/submit', body, headers);
      order.push(`${who} ${answer.status}`);
      return answer;
    };
    const endless = Array.from({ length: 12 }, () => send('ann', ann, '? '.repeat(2000)));
    const refused = await Promise.race(endless);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const told = await send('bob', bob, 'title: A test');
    expect([told.status, paths(told)]).toEqual([400, ['description']]);
    await Promise.all(endless);
    // one is read while two wait
    expect(order.filter((one) => one === 'ann 400').length).toBeLessThanOrEqual(3);
    expect(order.filter((one) => one === 'ann 429').length).toBeGreaterThanOrEqual(9);
  } finally {
    await keyed.close();
  }
});

test('a body of YAML whose client has gone is not read', async () => {
  const gone = AbortSignal.abort();
  expect(await readYamlInLine('a: 1', 'somebody', gone)).toMatchObject({ ok: false });
});

describe('a path', () => {
  test.each([
    '/orchestrate/%E0%A4%A/status',
    '/orchestrate/a%00b/status',
    '/orchestrate/..%2f..%2fetc/status',
    '/orchestrate/UPPER/status',
    '/orchestrate/__proto__',
    '/nowhere',
  ])('%s names nothing: 404 in the form of all errors', async (path) => {
    const answer = await api.ask('GET', path);
    expect(answer.status).toBe(404);
    expect(answer.body.error.code).toBe('not_found');
  });

  test('with a query that is not valid gets 400 by field', async () => {
    expect(paths(await api.ask('GET', '/orchestrate/jobs?limit=0&status=nice'))).toEqual(['limit', 'status']);
    expect(paths(await api.ask('GET', '/orchestrate/jobs?cursor=zzz'))).toEqual(['cursor']);
    expect(paths(await api.ask('GET', '/events?after=-1'))).toEqual(['after']);
  });

  test.each([
    ['/events?after=zz', 'after', 'must be a whole number of 0 or more, or latest'],
    ['/orchestrate/j1/events?after=1.5', 'after', 'must be a whole number of 0 or more'],
    ['/orchestrate/j1/events?after=99999999999999999', 'after', 'must be a whole number of 0 or more'],
    ['/orchestrate/jobs?limit=501', 'limit', 'must be a whole number from 1 to 500'],
    ['/orchestrate/jobs?limit=', 'limit', 'must be a whole number from 1 to 500'],
    ['/events?since=3', 'since', 'is not a known parameter; there are jobs, after, limit'],
    ['/orchestrate/jobs?status=running&status=failed', 'status', 'is given more than once'],
    ['/orchestrate/j1/status?verbose', 'verbose', 'is not a known parameter; there are none here'],
    ['/healthz?__proto__=1', '__proto__', 'is not a known parameter; there are none here'],
  ])('%s gets 400 that says it plainly', async (path, parameter, issue) => {
    const { status, body } = await api.ask('GET', path);
    expect(status).toBe(400);
    expect(body.error).toEqual({
      code: 'validation',
      message: `The query is not valid: ${parameter} ${issue}.`,
      fields: [{ path: parameter, issue }],
    });
  });

  test('names every parameter that is wrong at once, of commands as well', async () => {
    expect(paths(await api.ask('GET', '/events?after=x&limit=0&since=3'))).toEqual([
      'after',
      'limit',
      'since',
    ]);
    expect(paths(await api.ask('POST', '/orchestrate/j1/cancel?force=1', {}))).toEqual(['force']);
  });
});

describe('a method that a path does not take', () => {
  test.each([
    ['DELETE', '/orchestrate/jobs', 'GET, HEAD, OPTIONS'],
    ['GET', '/orchestrate/submit', 'OPTIONS, POST'],
    ['DELETE', '/orchestrate/submit/', 'OPTIONS, POST'],
    ['PUT', '/orchestrate/j1', 'DELETE, GET, HEAD, OPTIONS'],
    ['POST', '/orchestrate/j1/plan', 'GET, HEAD, OPTIONS, PATCH, PUT'],
    ['GET', '/orchestrate/j1/task/a/retry', 'OPTIONS, POST'],
    ['PATCH', '/healthz', 'GET, HEAD, OPTIONS'],
    ['POST', '/openapi.json', 'GET, HEAD, OPTIONS'],
  ])('%s %s gets 405, and Allow says what it takes', async (method, path, allow) => {
    const { status, headers, body } = await api.ask(method, path);
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(allow);
    expect(body.error).toMatchObject({ code: 'method_not_allowed', fields: [] });
    expect(body.error.message).toContain(allow);
    const options = await api.ask('OPTIONS', path);
    expect(options).toMatchObject({ status: 204, body: '' });
    expect(options.headers.get('allow')).toBe(allow);
  });

  test('is 404 where there is no such path', async () => {
    for (const method of ['DELETE', 'OPTIONS', 'HEAD']) {
      expect((await api.ask(method, '/nowhere/at/all')).status).toBe(404);
    }
  });

  test('HEAD gets the headers of GET without a body', async () => {
    const [head, get] = [await api.ask('HEAD', '/openapi.json'), await api.ask('GET', '/openapi.json')];
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
  });
});

describe('without Temporal', () => {
  test('healthz answers, readyz says what is missing, and jobs get 503 with Retry-After', async () => {
    expect(await api.ask('GET', '/healthz')).toMatchObject({ status: 200, body: { ok: true } });
    expect(await api.ask('GET', '/readyz')).toMatchObject({
      status: 503,
      body: { ready: false, database: true, temporal: false, workers: 0 },
    });
    const first = await submit(spec, { 'idempotency-key': 'k' });
    expect(first).toMatchObject({ status: 503, body: { error: { code: 'temporal_unreachable' } } });
    expect(first.headers.get('retry-after')).toMatch(/^\d+$/);
    const before = Date.now();
    expect((await api.ask('GET', '/orchestrate/nowhere')).status).toBe(503);
    expect(Date.now() - before).toBeLessThan(4000);
  });
});
