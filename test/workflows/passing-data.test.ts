import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi } from '../api/setup.ts';
import { until } from '../setup/until.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const command = (task_id: string, line: string | string[], rest: object = {}) => ({
  ...{ task_id, title: task_id, agent: 'command', command: line, max_attempts: 1 },
  ...rest,
});

async function play(tasks: object[], rest: object = {}) {
  const body = {
    title: 'T',
    description: 'D',
    approval: 'auto',
    on_task_failure: 'continue',
    plan: { tasks },
    ...rest,
  };
  const submitted = await api.ask('POST', '/orchestrate/submit', body);
  expect(submitted.body.error).toBeUndefined();
  const { job_id } = submitted.body;
  const view = await until(
    async () => {
      const { body } = await api.ask('GET', `/orchestrate/${job_id}/status`);
      return ['completed', 'failed'].includes(body.status) ? body : undefined;
    },
    { what: 'the job to end' },
  );
  const task = (id: string) => view.tasks.find((one: { task_id: string }) => one.task_id === id);
  return { job_id, view, task, said: (id: string) => task(id).output_preview };
}

test('results go into arguments, shell commands and variables, whatever they hold', async () => {
  const hostile = `a'b"; touch pwned; $(touch pwned) \`touch pwned\``;
  const { said, job_id, view } = await play([
    command('data', ['printf', '%s', JSON.stringify({ name: hostile, more: { list: [1, 2] } })]),
    command('text', ['echo', '1.2']),
    command('shell', 'printf "<%s>" {{ tasks.data.outputs.name }} "v{{ tasks.text.output }}"'),
    command('argv', ['printf', '<%s>', '{{ tasks.data.outputs.name }}', '{{ tasks.data.outputs.more }}']),
    command('env', 'printf "<%s>" "$NAME"', { env: { NAME: 'is {{ tasks.data.outputs.name }}' } }),
  ]);
  expect(said('shell')).toBe(`<${hostile}><v1.2>`);
  expect(said('argv')).toBe(`<${hostile}><{"list":[1,2]}>`);
  expect(said('env')).toBe(`<is ${hostile}>`);
  const dependsOn = view.tasks.map(({ task_id, depends_on }: { task_id: string; depends_on: string[] }) => [
    task_id,
    depends_on,
  ]);
  expect(Object.fromEntries(dependsOn).shell).toEqual(['data', 'text']);
  expect(existsSync(join(api.worker.deps.work_dir, job_id, 'pwned'))).toBe(false);
});

test('a result that is too long for an argument is read from a file', async () => {
  const { said } = await play([
    command('long', 'head -c 400000 /dev/zero | tr "\\\\0" x'),
    command('count', 'wc -c < {{ tasks.long.output }}'),
  ]);
  expect(said('count').trim()).toBe('400000');
});

test('a field that is not there fails the attempt, with those that are', async () => {
  const { task } = await play([
    command('data', 'echo \'{"right": 1}\''),
    command('wrong', 'echo {{ tasks.data.outputs.left }}'),
  ]);
  expect(task('wrong').error).toMatchObject({
    code: 'result_missing',
    message: expect.stringContaining(
      '{{ tasks.data.outputs.left }}: the outputs of data have no such field; they have right',
    ),
  });
});

test('artifacts of dependencies lie in a folder of their task', async () => {
  const { said } = await play([
    command(
      'make',
      'mkdir "$ORCHESTRATOR_ARTIFACTS/sub"; echo one > "$ORCHESTRATOR_ARTIFACTS/a b.txt"; echo two > "$ORCHESTRATOR_ARTIFACTS/sub/c"',
    ),
    command(
      'read',
      'cat "$ORCHESTRATOR_INPUTS/make/a b.txt" "$ORCHESTRATOR_INPUTS/make/sub/c"; grep -o \'"path":"[^"]*/make/sub/c"\' "$ORCHESTRATOR_CONTEXT" | wc -l',
      { depends_on: ['make'] },
    ),
    command('none', 'ls -A "$ORCHESTRATOR_INPUTS" | wc -l'),
  ]);
  expect(
    said('read')
      .split('\n')
      .map((line: string) => line.trim()),
  ).toEqual(['one', 'two', '1', '']);
  expect(said('none').trim()).toBe('0');
});

test('an edited plan depends on what it refers to', async () => {
  const tasks = [command('a', 'echo 1'), command('b', 'echo 2')];
  const { body } = await api.ask('POST', '/orchestrate/submit', {
    title: 'T',
    description: 'D',
    plan: { tasks },
  });
  const edited = { tasks: [tasks[0], command('b', 'echo {{ tasks.a.output }}')] };
  const path = `/orchestrate/${body.job_id}/plan`;
  expect((await api.ask('PUT', path, edited)).status).toBe(200);
  expect((await api.ask('GET', path)).body.tasks[1].depends_on).toEqual(['a']);
  const wrong = await api.ask('PUT', path, { tasks: [command('b', 'echo {{ tasks.c.output }}')] });
  expect(wrong.body.error.fields).toMatchObject([
    { path: 'tasks.0', issue: expect.stringContaining('names no result') },
  ]);
  const change = { add: [command('c', 'echo {{ tasks.b.output }}')] };
  expect((await api.ask('PATCH', path, change)).status).toBe(200);
  expect((await api.ask('GET', path)).body.tasks[2].depends_on).toEqual(['b']);
});
