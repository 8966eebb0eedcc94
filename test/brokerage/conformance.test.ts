import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { openStage, type Stage } from './setup.ts';

let stage: Stage;
let ask: Stage['ask'];
beforeAll(async () => {
  stage = await openStage();
  ask = stage.ask;
  await stage.agent('smith');
});
afterAll(() => stage.close());

const REQUEST = { title: 'A gate', description: '- Have @smith forge the gate' };
const states = (body: { subtasks: { state: string }[] }) => body.subtasks.map(({ state }) => state);
const release = (task_id: string, body: object = {}) => ask('POST', `/execute/${task_id}`, body);

describe('POST /orchestrate', () => {
  test('gives the plan, with ids that stay', async () => {
    const answer = await ask('POST', '/orchestrate', {
      ...REQUEST,
      task_id: 'gate-1',
      colour: 'passed over',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ task_id: 'gate-1', status: 'planned' });
    expect(answer.body.subtasks).toMatchObject([
      { subtask_id: 'smith::gate-1::1', agent: 'smith', state: 'pending', dependencies: [], outputs: null },
    ]);
    const shown = await ask('GET', '/tasks/gate-1');
    expect(shown.body.subtasks).toEqual(answer.body.subtasks);
    expect(shown.body.status).toBe('planned');
  });

  test('the same id again gives what stands, and names what differs', async () => {
    const first = await ask('POST', '/orchestrate', { ...REQUEST, task_id: 'gate-2' });
    const again = await ask('POST', '/orchestrate', {
      ...{ task_id: 'gate-2', title: 'Another', description: REQUEST.description, priority: 'high' },
      metadata: { due_date: '2030-01-01' },
    });
    expect(again.status).toBe(200);
    expect(again.body.subtasks).toEqual(first.body.subtasks);
    expect(again.body.job_id).toBe(first.body.job_id);
    const differing = again.body.warnings.filter((text: string) => text.includes('differs'));
    expect(differing.map((text: string) => text.split(' ')[0])).toEqual([
      'title',
      'priority',
      'metadata.due_date',
    ]);
  });

  test('409 belongs to the Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const body = { ...REQUEST, task_id: 'gate-3' };
    expect((await ask('POST', '/orchestrate', body, headers)).status).toBe(200);
    expect((await ask('POST', '/orchestrate', body, headers)).status).toBe(200);
    const other = await ask('POST', '/orchestrate', { ...body, title: 'Other' }, headers);
    expect(other.status).toBe(409);
    expect(other.body.error.code).toBe('idempotency_conflict');
  });

  test('50 at once make one job, and get one answer', async () => {
    const body = { ...REQUEST, task_id: 'gate-4', title: 'Sent fifty times' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('POST', '/orchestrate', body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    const { job_id } = answers[0]!.body;
    const found = await until(
      async () => {
        const { jobs } = (await ask('GET', '/orchestrate/jobs?limit=500')).body;
        const same = jobs.filter((job: { title: string }) => job.title === body.title);
        return same.some((job: { job_id: string }) => job.job_id === job_id) && same;
      },
      { what: 'the list to have the job' },
    );
    expect(found).toHaveLength(1);
  });

  test.each([
    [{}, ['task_id', 'title', 'description']],
    [{ ...REQUEST, task_id: '' }, ['task_id']],
    [{ ...REQUEST, task_id: 'x', priority: 'urgent' }, ['priority']],
    [
      { ...REQUEST, task_id: 'x', metadata: { due_date: 'soon', sla_seconds: -1 } },
      ['metadata.due_date', 'metadata.sla_seconds'],
    ],
    [{ ...REQUEST, task_id: 'x', metadata: { webhook: 'example.com' } }, ['metadata.webhook']],
  ])('what is wrong is told by field, twice: %j', async (body, fields) => {
    const answer = await ask('POST', '/orchestrate', body);
    expect(answer.status).toBe(400);
    expect(answer.body.fields.map(({ field }: { field: string }) => field)).toEqual(fields);
    expect(answer.body.error.fields.map(({ path }: { path: string }) => path)).toEqual(fields);
  });

  test.each([
    ['not JSON', 'text', { 'content-type': 'text/plain' }, 415],
    ['half of it', '{"task_id":', { 'content-type': 'application/json' }, 400],
  ])('%s', async (_, body, headers, status) => {
    const answer = await ask('POST', '/orchestrate', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body.fields).toEqual([]);
  });

  test('a repository is a pointer, and says so', async () => {
    const answer = await ask('POST', '/orchestrate', {
      ...{ ...REQUEST, task_id: 'gate-5' },
      metadata: { repository: 'git@example.com:x/y.git', team: 'iron' },
    });
    expect(answer.body.warnings[0]).toContain('metadata.repository');
  });

  test('a plan that takes longer is 503, and safe to ask for again', async () => {
    await stage.service.worker.stopWorker();
    const body = { ...REQUEST, task_id: 'gate-6' };
    const early = await ask('POST', '/orchestrate', body, { prefer: 'wait=1' });
    expect(early.status).toBe(503);
    expect(early.headers.get('retry-after')).not.toBeNull();
    expect(early.body).toMatchObject({ error: { code: 'plan_pending' }, fields: [] });
    await stage.service.worker.restart();
    expect((await ask('POST', '/orchestrate', body)).body.status).toBe('planned');
  });
});

describe('POST /execute/{task_id} and GET /tasks/{task_id}', () => {
  test('auto begins, and the task is done by its agents', async () => {
    const metadata = { due_date: '2999-12-31' };
    await ask('POST', '/orchestrate', { ...REQUEST, task_id: 'run 1/2', metadata });
    const path = `/execute/${encodeURIComponent('run 1/2')}`;
    const answer = await ask('POST', path, {});
    expect(answer.status).toBe(200);
    expect(answer.body.task_id).toBe('run 1/2');
    const done = await stage.reach('run 1/2', 'completed');
    expect(done.subtasks[0]).toMatchObject({ state: 'completed', agent: 'smith' });
    expect(done.subtasks[0].outputs.output).toContain('did ');
    expect(done.metrics).toMatchObject({ on_time: true });
    expect(done.metrics.elapsed_seconds).toBeGreaterThan(0);
    const words = done.status_history.map(({ status }: { status: string }) => status);
    expect(words).toEqual(['planned', 'running', 'completed']);
    const again = await ask('POST', path, {});
    expect([again.status, again.body]).toEqual([200, { task_id: 'run 1/2', status: 'completed' }]);
  });

  test("the brief names the client's task and the subtask", async () => {
    const agent = await stage.agent('clerk');
    await stage.plan('brief-1', [{ agent: 'clerk' }]);
    await release('brief-1');
    await stage.reach('brief-1', 'completed');
    expect(agent.received[0]!.brief).toMatchObject({ task_id: 'brief-1', subtask_id: 'clerk::brief-1::1' });
  });

  test('ids count per agent, and dependencies are told by them', async () => {
    const { body } = await stage.plan('ids-1', [
      { agent: 'smith' },
      { agent: 'human', depends_on: ['s0'] },
      { agent: 'smith', depends_on: ['s0', 's1'] },
    ]);
    expect(body.subtasks.map(({ subtask_id }: { subtask_id: string }) => subtask_id)).toEqual([
      'smith::ids-1::1',
      'human::ids-1::1',
      'smith::ids-1::2',
    ]);
    const { dependencies } = (await ask('GET', '/tasks/ids-1')).body;
    expect(dependencies['smith::ids-1::2']).toEqual(['smith::ids-1::1', 'human::ids-1::1']);
  });

  test('manual waits before every task; each execute opens the gates that wait then', async () => {
    await stage.plan('manual-1', [{ agent: 'smith' }, { agent: 'smith', depends_on: ['s0'] }]);
    const begun = await release('manual-1', { execution_mode: 'manual' });
    expect(begun).toMatchObject({ status: 200, body: { status: 'blocked' } });
    expect(states(await stage.reach('manual-1', 'blocked'))).toEqual(['blocked', 'pending']);
    await release('manual-1');
    const second = await stage.reach('manual-1', 'blocked', (body) => states(body)[1] === 'blocked');
    expect(states(second)).toEqual(['completed', 'blocked']);
    expect(second.needs_review).toBe(false);
    await release('manual-1');
    const done = await stage.reach('manual-1', 'completed');
    const words = done.status_history.map(({ status }: { status: string }) => status);
    expect(words[0]).toBe('planned');
    expect(words.filter((word: string) => word === 'blocked')).toHaveLength(2);
    expect(words.at(-1)).toBe('completed');
  });

  test('checkpoints wait there only; one that is no subtask is refused', async () => {
    await stage.plan('check-1', [{ agent: 'smith' }, { agent: 'smith', depends_on: ['s0'] }]);
    const wrong = await release('check-1', { checkpoints: ['smith::check-1::9'] });
    expect(wrong.status).toBe(400);
    expect(wrong.body.fields).toEqual([expect.objectContaining({ field: 'checkpoints.0' })]);
    await release('check-1', { checkpoints: ['smith::check-1::2'] });
    expect(states(await stage.reach('check-1', 'blocked'))).toEqual(['completed', 'blocked']);
    await release('check-1');
    await stage.reach('check-1', 'completed');
  });

  test('manual may become auto, which opens what waits and holds nothing more', async () => {
    await stage.plan('switch-1', [{ agent: 'smith' }, { agent: 'smith', depends_on: ['s0'] }]);
    await release('switch-1', { execution_mode: 'manual' });
    await stage.reach('switch-1', 'blocked');
    await release('switch-1', { execution_mode: 'auto' });
    await stage.reach('switch-1', 'completed');
  });

  test('a paused task goes on', async () => {
    const { body } = await stage.plan('pause-1', [
      { agent: 'human' },
      { agent: 'smith', depends_on: ['s0'] },
    ]);
    await release('pause-1');
    await ask('POST', `/orchestrate/${body.job_id}/pause`, {});
    expect(await stage.reach('pause-1', 'blocked')).toMatchObject({ paused: true });
    await release('pause-1');
    await stage.reach('pause-1', 'running');
    await ask('POST', `/orchestrate/${body.job_id}/task/s0/complete`, { output: 'yes' });
    await stage.reach('pause-1', 'completed');
  });

  test('without an agent it is 503 with the status; it goes on when one registers', async () => {
    await stage.plan('late-1', [{ capabilities: ['glass'] }]);
    const answer = await release('late-1');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(answer.body).toMatchObject({
      error: { code: 'agent_unavailable' },
      fields: [],
      task_id: 'late-1',
      subtasks: [{ state: 'blocked', reason: 'no_agent' }],
    });
    expect(await stage.reach('late-1', 'blocked')).toMatchObject({ needs_review: true });
    await stage.agent('glass');
    await stage.reach('late-1', 'completed');
  });

  test('a task over metadata.sla_seconds is tried three times, then flagged for review', async () => {
    const agent = await stage.agent('snail', (response) => response.writeHead(202).end());
    const request = {
      task_id: 'sla-1',
      title: 'S',
      description: '- Have @snail crawl',
      metadata: { sla_seconds: 0.3 },
    };
    await ask('POST', '/orchestrate', request);
    await release('sla-1');
    const end = await stage.reach('sla-1', 'blocked', (body) => body.needs_review);
    expect(end.subtasks[0]).toMatchObject({ state: 'failed' });
    expect(agent.received).toHaveLength(3);
  });

  test('an ended task takes nothing more', async () => {
    const { body } = await stage.plan('end-1', [{ agent: 'human' }]);
    await ask('POST', `/orchestrate/${body.job_id}/cancel`, {});
    expect(await stage.reach('end-1', 'failed')).toMatchObject({ reason: expect.any(String) });
    const answer = await release('end-1');
    expect(answer.status).toBe(409);
    await ask('DELETE', `/orchestrate/${body.job_id}`);
    expect((await release('end-1')).status).toBe(404);
    const gone = await ask('POST', '/orchestrate', { task_id: 'end-1', title: 'x', description: 'x' });
    expect(gone.status).toBe(410);
  });

  test("what is missing and what is wrong is said in this API's form", async () => {
    for (const [method, path, body, status] of [
      ['GET', '/tasks/nobody', undefined, 404],
      ['POST', '/execute/nobody', {}, 404],
      ['POST', '/execute/nobody', { execution_mode: 'fast' }, 400],
      ['GET', '/orchestrate', undefined, 405],
      ['DELETE', '/agents/nobody', undefined, 404],
      ['POST', '/agents', {}, 400],
    ] as const) {
      const answer = await ask(method, path, body);
      expect(answer.status, `${method} ${path}`).toBe(status);
      expect(answer.body.error.code).toEqual(expect.any(String));
      expect(answer.body.fields).toEqual(expect.any(Array));
    }
  });

  test('a restart of the API and the worker between two requests changes no answer', async () => {
    await stage.plan('again-1', [{ agent: 'smith' }, { agent: 'smith', depends_on: ['s0'] }]);
    await release('again-1', { execution_mode: 'manual' });
    const before = await stage.reach('again-1', 'blocked');
    const agents = (await ask('GET', '/agents')).body.agents.map(
      ({ agent_id }: { agent_id: string }) => agent_id,
    );
    await stage.service.stopApi();
    await stage.service.worker.restart();
    await stage.service.startApi();
    const after = await until(async () => {
      const { status, body } = await ask('GET', '/tasks/again-1');
      return status === 200 ? body : undefined;
    });
    expect({ ...after, metrics: null }).toEqual({ ...before, metrics: null });
    const later = (await ask('GET', '/agents')).body.agents.map(
      ({ agent_id }: { agent_id: string }) => agent_id,
    );
    expect(later).toEqual(agents);
  });
});
