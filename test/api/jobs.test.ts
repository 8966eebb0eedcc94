import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { startApi, type TestApi, type Told } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
let ask: TestApi['ask'];
beforeAll(async () => {
  api = await startApi();
  ask = api.ask;
});
afterAll(() => api.close());

const command = (task_id: string, line: string, rest: Record<string, unknown> = {}) => ({
  task_id,
  title: task_id,
  agent: 'command',
  command: line,
  ...rest,
});
const submission = (tasks: unknown[], rest: Record<string, unknown> = {}) => ({
  title: 'A test',
  description: 'Do it',
  plan: { tasks },
  ...rest,
});

async function submit(tasks: unknown[], rest: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await ask('POST', '/orchestrate/submit', submission(tasks, rest));
  expect(body.error).toBeUndefined();
  expect(status).toBe(201);
  return body.job_id;
}

async function reach(job_id: string, ...wanted: string[]) {
  let last: Told['body'];
  const seen = async () => {
    last = (await ask('GET', `/orchestrate/${job_id}/status`)).body;
    return wanted.includes(last.status) ? last : undefined;
  };
  return await until(seen, { what: `${job_id} to be ${wanted}` }).catch((error) => {
    throw new Error(`${error}; it is ${JSON.stringify(last)}`);
  });
}

describe('submit', () => {
  test('waits for the plan and gives it', async () => {
    const { status, body, headers } = await ask(
      'POST',
      '/orchestrate/submit',
      submission([command('a', 'true')]),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'awaiting_approval', plan: { version: 1, source: 'given' } });
    expect(headers.get('location')).toBe(`/orchestrate/${body.job_id}/status`);
  });

  test('repeated under its key gives the same job; with another body 409', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = submission([command('a', 'true')]);
    const first = await ask('POST', '/orchestrate/submit', body, key);
    expect(first.status).toBe(201);
    const again = await ask('POST', '/orchestrate/submit', body, key);
    expect(again.status).toBe(200);
    expect(again.body.job_id).toBe(first.body.job_id);
    const other = await ask('POST', '/orchestrate/submit', { ...body, title: 'Another' }, key);
    expect(other.status).toBe(409);
    expect(other.body.error.code).toBe('idempotency_conflict');
  });

  test('under the key of a closed job gives that job, under the key of a deleted one 410', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const body = submission([command('a', 'true')], { approval: 'auto' });
    const { job_id } = (await ask('POST', '/orchestrate/submit', body, key)).body;
    await reach(job_id, 'completed');
    await until(() => api.store.readArchived(job_id), { what: 'the archive row' });
    const again = await ask('POST', '/orchestrate/submit', body, key);
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ job_id, status: 'completed' });
    expect((await ask('POST', '/orchestrate/submit', { ...body, title: 'Another' }, key)).status).toBe(409);
    expect((await ask('DELETE', `/orchestrate/${job_id}`)).status).toBe(200);
    expect((await ask('POST', '/orchestrate/submit', body, key)).status).toBe(410);
  });

  test('warns of a provider without a key where a task needs a model, and does not refuse', async () => {
    const submitted = (tasks: Record<string, unknown>[]) =>
      ask('POST', '/orchestrate/submit', submission(tasks, { provider: 'anthropic' }));
    const model = { task_id: 'b', title: 'Say what it means', agent: 'general' };
    const { status, body } = await submitted([command('a', 'true'), model]);
    expect(status).toBe(201);
    expect(body.warnings.join()).toContain('ANTHROPIC_API_KEY');
    expect((await submitted([command('a', 'true')])).body.warnings).toEqual([]);
  });
});

describe('steering', () => {
  test('approve runs the plan; a stale version and a second approval are refused', async () => {
    const job_id = await submit([command('a', 'echo hello')]);
    const stale = await ask('POST', `/orchestrate/${job_id}/approve`, { plan_version: 7 });
    expect(stale.status).toBe(409);
    expect(stale.body.error.code).toBe('stale_version');
    const approved = await ask('POST', `/orchestrate/${job_id}/approve`, { plan_version: 1 });
    expect(approved).toMatchObject({ status: 200, body: { job_id, plan_version: 1 } });
    const view = await reach(job_id, 'completed');
    expect(view.tasks[0]).toMatchObject({ status: 'completed', output_preview: 'hello\n' });
    expect(view.temporal.ui_url).toContain(`/workflows/job-${job_id}`);
    const late = await ask('POST', `/orchestrate/${job_id}/approve`);
    expect(late.status).toBe(409);
  });

  test('an edited plan is the next version; one made from an older version is refused', async () => {
    const job_id = await submit([command('a', 'true')]);
    const edited = { tasks: [command('b', 'true')] };
    const put = await ask('PUT', `/orchestrate/${job_id}/plan`, edited, { 'if-match': '"1"' });
    expect(put).toMatchObject({ status: 200, body: { plan_version: 2 } });
    const stale = await ask('PUT', `/orchestrate/${job_id}/plan`, edited, { 'if-match': '1' });
    expect(stale.status).toBe(409);
    const now = await ask('GET', `/orchestrate/${job_id}/plan`);
    expect(now.body).toMatchObject({ version: 2, tasks: [{ task_id: 'b' }] });
    expect(now.headers.get('etag')).toBe('"2"');
    expect((await ask('GET', `/orchestrate/${job_id}/plan?version=1`)).body.tasks[0].task_id).toBe('a');
    expect((await ask('GET', `/orchestrate/${job_id}/plan?version=9`)).status).toBe(404);
    const cycle = { tasks: [command('b', 'true', { depends_on: ['b'] })] };
    const bad = await ask('PUT', `/orchestrate/${job_id}/plan`, cycle);
    expect(bad.body.error.fields[0].path).toBe('tasks.0.depends_on.0');
    expect((await ask('POST', `/orchestrate/${job_id}/approve`, { plan_version: 2 })).status).toBe(200);
  });

  test('a running plan is changed: mistakes by field, a stale version, then the next version at once', async () => {
    const wait = 'while [ ! -f go ]; do sleep 0.05; done';
    const job_id = await submit([
      command('a', wait),
      command('b', 'false', { depends_on: ['a'] }),
      command('c', 'true', { depends_on: ['b'] }),
    ]);
    const path = `/orchestrate/${job_id}/plan`;
    expect((await ask('POST', `/orchestrate/${job_id}/approve`, {})).status).toBe(200);
    const bad = await ask('PATCH', path, {
      add: [command('d', 'true', { agent: 'stranger', depends_on: ['x'] })],
      change: [{ task_id: 'a', title: 'A' }],
      drop: ['b'],
    });
    expect(bad.status).toBe(400);
    expect(bad.body.error.fields.map((one: { path: string }) => one.path).sort()).toEqual([
      'add.0.agent',
      'add.0.depends_on.0',
      'change.0.task_id',
      'drop.0',
    ]);
    const good = {
      add: [command('d', 'touch go')],
      change: [{ task_id: 'c', command: 'echo changed', depends_on: ['a', 'd'] }],
      drop: ['b'],
    };
    expect((await ask('PATCH', path, good, { 'if-match': '9' })).body.error.code).toBe('stale_version');
    const made = await ask('PATCH', path, good, { 'if-match': '1' });
    expect(made).toMatchObject({ status: 200, body: { status: 'running', plan_version: 2 } });
    const view = await reach(job_id, 'completed');
    expect(view.tasks.map((one: { task_id: string }) => one.task_id)).toEqual(['a', 'c', 'd']);
    expect(view.tasks[1].output_preview).toBe('changed\n');
    expect((await ask('GET', `${path}?version=1`)).body.tasks).toHaveLength(3);
    expect((await ask('PATCH', path, { drop: ['c'] })).status).toBe(409);
  });

  test('a command repeated under its key is applied once; with another body 409', async () => {
    const job_id = await submit([command('a', 'true')]);
    const key = { 'idempotency-key': randomUUID() };
    const add = (add_usd: number) => ask('POST', `/orchestrate/${job_id}/budget`, { add_usd }, key);
    expect((await add(5)).status).toBe(200);
    expect((await add(5)).status).toBe(200);
    const { body } = await ask('GET', `/orchestrate/${job_id}`);
    expect(body.budget.limit_usd).toBe(15);
    const other = await add(6);
    expect(other.status).toBe(409);
    expect(other.body.error.code).toBe('idempotency_conflict');
  });

  test('a failed task is retried with what was skipped because of it', async () => {
    const flag = `${api.folder}/ready-${randomUUID()}`;
    const job_id = await submit(
      [command('a', `test -e ${flag}`, { max_attempts: 1 }), command('b', 'true', { depends_on: ['a'] })],
      { approval: 'auto' },
    );
    const failed = await reach(job_id, 'needs_review');
    expect(failed.stats).toMatchObject({ failed: 1, skipped: 1 });
    expect((await ask('POST', `/orchestrate/${job_id}/task/nobody/retry`)).status).toBe(404);
    const { writeFile } = await import('node:fs/promises');
    await writeFile(flag, '');
    const retry = await ask('POST', `/orchestrate/${job_id}/task/a/retry`, {});
    expect(retry).toMatchObject({ status: 200, body: { status: 'retrying', task_id: 'a', retry_count: 1 } });
    await reach(job_id, 'completed');
  });

  test('a task for a person waits, is listed, and is answered; a long answer travels by reference', async () => {
    const job_id = await submit(
      [
        { task_id: 'ask', title: 'Ask', agent: 'human' },
        command('b', 'wc -c < "$ORCHESTRATOR_CONTEXT"', { depends_on: ['ask'] }),
      ],
      { approval: 'auto' },
    );
    const waiting = await until(
      async () => (await ask('GET', `/orchestrate/${job_id}/approvals`)).body.approvals[0],
      { what: 'the question' },
    );
    expect(waiting).toMatchObject({ kind: 'human_task', task_id: 'ask' });
    const all = await until(
      async () => {
        const { approvals } = (await ask('GET', '/approvals')).body;
        return approvals.find((one: { job_id: string }) => one.job_id === job_id);
      },
      { what: 'the question among all' },
    );
    expect(all.approval_id).toBe(waiting.approval_id);
    const output = 'long '.repeat(10_000);
    const done = await ask('POST', `/orchestrate/${job_id}/task/ask/complete`, { output, outputs: { n: 1 } });
    expect(done.status).toBe(200);
    const view = await reach(job_id, 'completed');
    expect(Number(view.tasks[1].output_preview)).toBeGreaterThan(50_000);
  });

  test('cancel answers when nothing runs any more, also when repeated', async () => {
    const job_id = await submit([command('a', 'sleep 300')], { approval: 'auto' });
    await until(async () => (await ask('GET', `/orchestrate/${job_id}`)).body.stats.running === 1, {
      what: 'the task to run',
    });
    const cancelled = await ask('POST', `/orchestrate/${job_id}/cancel`, { reason: 'enough' });
    expect(cancelled).toMatchObject({ status: 200, body: { job_id, status: 'cancelled' } });
    expect((await ask('GET', `/orchestrate/${job_id}`)).body.stats).toMatchObject({
      running: 0,
      cancelled: 1,
    });
    expect((await ask('POST', `/orchestrate/${job_id}/cancel`)).body.status).toBe('cancelled');
  });

  test('delete stops a running job and leaves nothing to be seen', async () => {
    const job_id = await submit([command('a', 'sleep 300')], { approval: 'auto' });
    const deleted = await ask('DELETE', `/orchestrate/${job_id}`);
    expect(deleted).toMatchObject({ status: 200, body: { job_id, status: 'cancelled' } });
    for (const path of ['', '/status', '/plan', '/events', '/artifacts', '/ledger', '/approvals']) {
      expect((await ask('GET', `/orchestrate/${job_id}${path}`)).status).toBe(404);
    }
    const { body } = await ask('GET', '/orchestrate/jobs');
    expect(body.jobs.map((job: { job_id: string }) => job.job_id)).not.toContain(job_id);
    expect((await ask('DELETE', `/orchestrate/${job_id}`)).status).toBe(404);
  });
});

describe('reading', () => {
  test('open and closed jobs are one list, newest first, page by page, without doubles', async () => {
    const closed = await submit([command('a', 'true')], { approval: 'auto' });
    await reach(closed, 'completed');
    const open = await submit([command('a', 'true')]);
    const ids = async () => {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${cursor}`;
        const { status, body } = await ask('GET', `/orchestrate/jobs?limit=3${query}`);
        expect(status).toBe(200);
        found.push(...body.jobs.map((job: { job_id: string }) => job.job_id));
        cursor = body.next_cursor;
      } while (cursor !== null);
      return found;
    };
    const found = await until(
      async () => {
        const all = await ids();
        return all.includes(open) && all.includes(closed) ? all : undefined;
      },
      { what: 'both jobs in the list' },
    );
    expect(new Set(found).size).toBe(found.length);
    expect(found.indexOf(open)).toBeLessThan(found.indexOf(closed));
    const completed = await ask('GET', '/orchestrate/jobs?status=completed&limit=500');
    const statuses = completed.body.jobs.map((job: { status: string }) => job.status);
    expect(new Set(statuses)).toEqual(new Set(['completed']));
  });

  test('the end of a line that is longer than what is shown', async () => {
    const job_id = await submit([command('a', `node -e "process.stdout.write('x'.repeat(2e6) + 'end')"`)], {
      approval: 'auto',
    });
    await reach(job_id, 'completed');
    const { body } = await ask('GET', `/orchestrate/${job_id}/task/a/logs?tail=2`);
    expect(body.truncated).toBe(true);
    expect(body.lines.at(-1).text.endsWith('xend')).toBe(true);
    expect(Math.max(...body.lines.map(({ text }: { text: string }) => text.length))).toBeLessThanOrEqual(
      8192,
    );
  });

  test("a command's lines, its artifacts, and what a dependent was given", async () => {
    const job_id = await submit(
      [
        command('a', 'echo one; echo two >&2; echo report > "$ORCHESTRATOR_ARTIFACTS/report.txt"'),
        command('b', 'true', { depends_on: ['a'] }),
      ],
      { approval: 'auto' },
    );
    await reach(job_id, 'completed');
    const logs = await ask('GET', `/orchestrate/${job_id}/task/a/logs`);
    expect(logs.body).toMatchObject({
      attempt: 1,
      lines: [
        { stream: 'stdout', text: 'one' },
        { stream: 'stderr', text: 'two' },
      ],
    });
    const plain = await ask('GET', `/orchestrate/${job_id}/task/a/logs?tail=1`, undefined, {
      accept: 'text/plain',
    });
    expect(plain.body).toBe('one\ntwo\n');
    expect((await ask('GET', `/orchestrate/${job_id}/task/a/logs?attempt=2`)).status).toBe(404);

    const { artifacts } = (await ask('GET', `/orchestrate/${job_id}/artifacts`)).body;
    const report = artifacts.find((one: { name: string }) => one.name === 'report.txt');
    expect((await ask('GET', `/orchestrate/${job_id}/artifacts/${report.artifact_id}`)).body).toBe(
      'report\n',
    );

    const context = await ask('GET', `/orchestrate/${job_id}/task/b/context`);
    expect(context.body).toMatchObject({
      task: { task_id: 'b' },
      dependencies: [
        { task_id: 'a', status: 'completed', output: 'one\n', artifacts: [{ name: 'report.txt' }, {}] },
      ],
    });
    expect((await ask('GET', `/orchestrate/${job_id}/task/x/context`)).status).toBe(404);
  });
});
