import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { agentNamed, callsAbout, fault, lastMessage, turn } from '../agents/setup.ts';
import { until } from '../setup/until.ts';
import { type McpWorld, startMcpWorld, type ToolClient } from './setup.ts';

let world: McpWorld;
beforeAll(async () => {
  world = await startMcpWorld({
    agents: [agentNamed('tester', { tools: ['bash'] }), agentNamed('fixer', { tools: [] })],
    config: {
      workflows: {
        max_task_chars: 200,
        named: {
          pair: {
            description: 'Make, then check.',
            steps: [
              { title: 'Make', agent: 'tester', instructions: 'Make it.' },
              { title: 'Check', agent: 'fixer', instructions: 'Check it.' },
            ],
          },
        },
      },
      security: { workflows: { max_carry_chars: 100 } },
    },
  });
}, 60_000);
afterAll(async () => {
  expect(world.fake.unexpected).toEqual([]);
  await world.close();
});

describe.each(['http', 'stdio'] as const)('over %s', (transport) => {
  let mcp: ToolClient;
  /** a name in every task, so that the steps of the fake are told apart */
  let run = '';
  let count = 0;
  beforeAll(async () => {
    mcp = await world.connect(transport);
  });
  beforeEach(() => {
    count += 1;
    run = `${transport}-${count}`;
  });
  const worker = (task: string, rest: object = {}) =>
    mcp.call('task_start', { task: `${task} ${run}`, kind: 'worker', workerId: 'tester', ...rest });

  test('says who it is, and offers five tools and no more, each with a description and a closed schema', async () => {
    expect(mcp.client.getServerVersion()).toMatchObject({ name: 'orchestrator' });
    expect(mcp.client.getInstructions()).toContain('task_await');
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'task_start',
      'task_await',
      'task_peek',
      'task_cancel',
      'task_list',
    ]);
    for (const { description, inputSchema } of tools) {
      expect(description!.length).toBeGreaterThan(40);
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    }
    const start = tools[0]!.inputSchema.properties as Record<string, { enum?: string[]; default?: unknown }>;
    expect(Object.keys(start).sort()).toEqual(
      [
        ...['attachments', 'continueRunId', 'kind', 'memory', 'model', 'op', 'task', 'timeoutMs'],
        ...['workerId', 'workflowId', 'repository', 'baseBranch'],
      ].sort(),
    );
    expect(start.kind).toMatchObject({ enum: ['auto', 'worker', 'workflow', 'op'], default: 'auto' });
    expect(start.timeoutMs!.default).toBe(600_000);
    expect(tools[0]!.inputSchema.required).toEqual(['task']);
  });

  test('a worker task: started at once, awaited to its final record', async () => {
    world.fake.expect(turn(run, { text: `the whole result of ${run}` }));
    const { data, text } = await worker('Do it');
    expect(data).toEqual({
      taskId: expect.stringMatching(/^j[a-z2-7]{19}$/),
      kind: 'worker',
      status: 'running',
      next: expect.stringContaining('task_await {"taskId":"'),
    });
    expect(JSON.parse(text)).toEqual(data);
    const done = await mcp.call('task_await', { taskId: data.taskId });
    expect(done.data).toMatchObject({
      id: data.taskId,
      workerId: 'tester',
      message: `Do it ${run}`,
      status: 'succeeded',
      responseText: `the whole result of ${run}`,
      error: null,
      report: { kind: 'worker', steps: [{ stepId: 'task', workerId: 'tester', status: 'completed' }] },
    });
    const { startedAt, finishedAt, durationMs } = done.data;
    expect(durationMs).toBe(Date.parse(finishedAt) - Date.parse(startedAt));
    expect(done.more).toEqual([]);
    expect((await mcp.call('task_peek', { taskId: data.taskId })).data).toEqual(done.data);
  });

  test('the model, attachments and an earlier run reach the worker', async () => {
    const about = `Second ${run}`;
    world.fake.expect(
      turn(
        [`First ${run}`, 'the notes of the day'],
        { text: 'the first answer' },
        { model: 'claude-haiku-4-5-20251001' },
      ),
      turn([about, 'the first answer'], { text: 'the second answer' }),
    );
    const attachments = [{ name: 'notes.txt', content: 'the notes of the day' }];
    const model = 'anthropic/claude-haiku-4-5-20251001';
    const first = await worker('First', { attachments, model });
    await mcp.call('task_await', { taskId: first.data.taskId });
    const second = await mcp.call('task_start', { task: about, continueRunId: first.data.taskId });
    expect(second.data.kind).toBe('worker');
    const done = await mcp.call('task_await', { taskId: second.data.taskId });
    expect(done.data).toMatchObject({ status: 'succeeded', responseText: 'the second answer' });
    expect([done.data.workerId, done.data.report.continues]).toEqual(['tester', first.data.taskId]);
  });

  test('several tasks are awaited together; while some run, every answer reminds of them with the exact call', async () => {
    const names = [1, 2, 3, 4, 5, 6].map((n) => `${run} number ${n}.`);
    world.fake.expect(...names.map((about) => turn(about, { text: 'slow '.repeat(12), pause_ms: 250 })));
    const started = [];
    for (const n of names) {
      started.push(await mcp.call('task_start', { task: n, kind: 'worker', workerId: 'tester' }));
    }
    const ids = started.map(({ data }) => data.taskId as string);
    const { more } = started.at(-1)!;
    expect(more).toHaveLength(1);
    const lines = more[0]!.split('\n');
    expect(lines[0]).toContain('still run');
    expect(lines.filter((line) => line.includes('task_await {"taskId":"')).length).toBeLessThanOrEqual(5);
    for (const line of lines.filter((one) => one.includes('task_await'))) {
      const exact = JSON.parse(line.slice(line.indexOf('task_await ') + 'task_await '.length));
      expect(ids).toContain(exact.taskId);
    }
    const done = await mcp.call('task_await', { taskIds: ids, timeoutMs: 60_000 });
    expect(done.data.tasks.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual(
      ids.map((id) => [id, 'succeeded']),
    );
    expect(done.more).toEqual([]);
  });

  test('waiting that takes too long gives the record as it is, and says how to go on; progress is told meanwhile', async () => {
    world.fake.expect(fault(run, { type: 'hang' }));
    const { data } = await worker('Hang');
    const said: string[] = [];
    const waited = await mcp.call(
      'task_await',
      { taskId: data.taskId, timeoutMs: 1500 },
      { onprogress: ({ message }) => said.push(message ?? '') },
    );
    expect(waited.data).toMatchObject({
      status: 'running',
      timedOut: true,
      responseText: null,
      finishedAt: null,
    });
    expect(waited.data.next).toContain(data.taskId);
    expect(waited.more[0]).toContain(data.taskId);
    expect(said.at(-1)).toContain('running');
    const cancelled = await mcp.call('task_cancel', { taskId: data.taskId, reason: 'no longer needed' });
    expect(cancelled.data).toMatchObject({ id: data.taskId, status: 'canceled' });
    expect(cancelled.more).toEqual([]);
    expect((await mcp.call('task_cancel', { taskIds: [data.taskId] })).data.tasks[0].status).toBe('canceled');
  });

  test('a request that is cancelled ends, and its task goes on', async () => {
    world.fake.expect(turn(run, { text: 'slow '.repeat(20), pause_ms: 200 }));
    const { data } = await worker('Slow');
    const stop = new AbortController();
    const waiting = mcp.call('task_await', { taskId: data.taskId }, { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toThrow();
    const done = await mcp.call('task_await', { taskId: data.taskId, timeoutMs: 60_000 });
    expect(done.data.status).toBe('succeeded');
  });

  test('a task fails when its time is over, and when nobody could ever unblock it; it never waits in review', async () => {
    world.fake.expect(fault(run, { type: 'hang' }));
    const { data } = await worker('Hang', { timeoutMs: 2000 });
    const done = await mcp.call('task_await', { taskId: data.taskId });
    expect(done.data).toMatchObject({ status: 'failed', error: expect.stringContaining('2 s') });
    const other = await mcp.call('task_start', {
      task: `No ${run}`,
      workerId: 'fixer',
      model: 'unpriced-model',
    });
    const blocked = await mcp.call('task_await', { taskId: other.data.taskId });
    expect(blocked.data).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('unpriced-model'),
    });
  });

  test('a workflow goes step by step; what does not fit into the carry is left out, and said in the log', async () => {
    world.fake.expect(
      turn([run, 'Make it.'], { text: `## Summary\n${'long '.repeat(40)}` }),
      turn([run, 'Check it.'], { text: '## Summary\nchecked' }),
    );
    const started = await mcp.call('task_start', {
      task: `Work ${run}`,
      kind: 'workflow',
      workflowId: 'pair',
    });
    expect(started.data.kind).toBe('workflow');
    const { data } = await mcp.call('task_await', { taskId: started.data.taskId, timeoutMs: 60_000 });
    expect(data).toMatchObject({ status: 'succeeded', responseText: '## Summary\nchecked' });
    expect(data.report).toMatchObject({ kind: 'workflow', workflowId: 'pair' });
    expect(data.report.steps.map(({ workerId }: { workerId: string }) => workerId)).toEqual([
      'tester',
      'fixer',
    ]);
    const told = lastMessage(callsAbout(world.fake, 'Check it.').at(-1)!);
    expect(told).toContain('what the steps before hand on');
    const log = await until(
      async () => {
        const { text } = await mcp.call('task_list', { view: 'output', limit: 60 });
        return text.includes(`orchestra.workflow.carry.trimmed ${data.id}`) && text;
      },
      { what: 'the carry in the log buffer' },
    );
    expect(log).toContain('orchestra.task.succeeded');
    const feed = await fetch(`${world.url}/v1/events?limit=500`, { headers: { accept: 'application/json' } });
    const { events } = (await feed.json()) as { events: { type: string; taskId: string; stepId: string }[] };
    expect(events.filter(({ taskId }) => taskId === data.id).map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'orchestra.task.started',
        'orchestra.workflow.carry.trimmed',
        'orchestra.step.succeeded',
      ]),
    );
  });

  test('operations on the memory are done at once, can be asked for like tasks, and reach the workers', async () => {
    const put = await mcp.call('task_start', {
      task: 'Remember the style',
      op: 'memory.put',
      memory: { key: `style-${run}`, value: `tabs for ${run}` },
    });
    expect(put.data).toMatchObject({ kind: 'op', status: 'running', taskId: expect.stringMatching(/^op-/) });
    const done = await mcp.call('task_await', { taskId: put.data.taskId });
    expect(done.data).toMatchObject({ status: 'succeeded', report: { op: 'memory.put' }, error: null });
    world.fake.expect(turn([run, `tabs for ${run}`], { text: 'styled' }));
    const task = await worker('Use the style');
    await mcp.call('task_await', { taskId: task.data.taskId });
    const toKey = `task:${task.data.taskId}`;
    const link = { fromKey: `style-${run}`, toKey };
    await mcp.call('task_start', { task: 'Link', kind: 'op', op: 'memory.link', memory: link });
    const finished = await mcp.call('task_start', {
      task: 'Done',
      kind: 'op',
      op: 'memory.done',
      memory: { taskId: task.data.taskId },
    });
    const record = await mcp.call('task_peek', { taskId: finished.data.taskId });
    expect(JSON.parse(record.data.responseText).done).toEqual([toKey, `style-${run}`]);
    const read = await mcp.client.readResource({ uri: 'orchestrator://memory/project' });
    const memory = JSON.parse((read.contents[0] as { text: string }).text);
    const entry = memory.entries.find(({ key }: { key: string }) => key === toKey);
    expect(JSON.parse(entry.value)).toMatchObject({ status: 'succeeded', result: 'styled' });
    expect(memory.links).toContainEqual({ ...link, relation: 'relates_to' });
    expect((await mcp.call('task_list', { format: 'json' })).data.tasks[0].id).toBe(finished.data.taskId);
  });

  test('every view is a list in Markdown and in JSON, and pages of tasks go on where they ended', async () => {
    const views = ['tasks', 'workers', 'profiles', 'models', 'workflows', 'status', 'output'];
    for (const view of views) {
      const { text, data } = await mcp.call('task_list', { view });
      expect(text, view).toMatch(/^## /);
      expect(data.view).toBe(view);
      const json = await mcp.call('task_list', { view, format: 'json' });
      expect(JSON.parse(json.text).view).toBe(view);
    }
    const workers = (await mcp.call('task_list', { view: 'workers', limit: 100 })).data.workers;
    const ids = workers.map(({ workerId }: { workerId: string }) => workerId);
    expect(ids).toEqual(expect.arrayContaining(['tester', 'general', 'coder']));
    expect(ids).not.toContain('human');
    const { workflows, limits } = (await mcp.call('task_list', { view: 'workflows' })).data;
    expect(workflows.map(({ workflowId }: { workflowId: string }) => workflowId)).toEqual(['build', 'pair']);
    expect(limits).toEqual({ maxSteps: 4, maxTaskChars: 200, perStepTimeoutMs: 120_000, maxCarryChars: 100 });
    const first = (await mcp.call('task_list', { limit: 2 })).data;
    const second = (await mcp.call('task_list', { limit: 2, after: first.next })).data;
    const all = (await mcp.call('task_list', { limit: 4 })).data.tasks;
    expect([...first.tasks, ...second.tasks]).toEqual(all);
  });

  test('prompts and resources show the same tasks', async () => {
    const { prompts } = await mcp.client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['orchestrator.status', 'orchestrator.output']);
    for (const { name } of prompts) {
      const { messages } = await mcp.client.getPrompt({ name });
      expect((messages[0]!.content as { text: string }).text).toContain('## ');
    }
    await expect(mcp.client.getPrompt({ name: 'orchestrate' })).rejects.toThrow(/no prompt/);
    world.fake.expect(turn(run, { text: 'for the resource' }));
    const { data } = await worker('Leave something');
    const done = await mcp.call('task_await', { taskId: data.taskId });
    const read = async (uri: string) =>
      (await mcp.client.readResource({ uri })).contents[0] as { text: string };
    const base = `orchestrator://tasks/${data.taskId}`;
    expect(JSON.parse((await read(`${base}/status`)).text)).toEqual(done.data);
    expect(JSON.parse((await read(`${base}/plan`)).text).tasks[0].agent).toBe('tester');
    expect(JSON.parse((await read(`${base}/artifacts`)).text)).toEqual({ artifacts: [] });
    const { resources } = await mcp.client.listResources();
    expect(resources.map(({ uri }) => uri)).toContain(`${base}/status`);
    expect((await mcp.client.listResourceTemplates()).resourceTemplates).toHaveLength(5);
    await expect(read('orchestrator://tasks/unknown/status')).rejects.toThrow(/no job/);
    await expect(read('file:///etc/passwd')).rejects.toThrow(/no resource/);
  });

  test('wrong calls are answered with what is wrong and what to do, and start nothing', async () => {
    const before = (await mcp.call('task_list', { limit: 200 })).data.tasks.length;
    const wrong: [string, Record<string, unknown>, string | RegExp][] = [
      ['task_start', {}, /task/],
      ['task_start', { task: ' ' }, /say what is to be done/],
      ['task_start', { task: 'x', workerId: 'nobody' }, /no worker is called 'nobody'/],
      ['task_start', { task: 'x', workerId: 'human' }, /no worker is called 'human'/],
      ['task_start', { task: 'x', workflowId: 'nothing' }, /no workflow is called 'nothing'/],
      ['task_start', { task: 'x'.repeat(201), kind: 'workflow' }, /at most 200/],
      ['task_start', { task: 'x', kind: 'worker', workflowId: 'pair' }, /belongs to kind workflow/],
      ['task_start', { task: 'x', kind: 'op' }, /op: is required/],
      ['task_start', { task: 'x', op: 'memory.put', memory: { key: 'k' } }, /memory.value/],
      ['task_start', { task: 'x', continueRunId: 'unknown' }, /no job 'unknown'/],
      ['task_start', { task: 'x', timeoutMs: 1 }, /timeoutMs/],
      ['task_start', { task: 'x', colour: 'red' }, /unknown field/],
      ['task_await', {}, /either taskId or taskIds/],
      ['task_await', { taskId: 'a', taskIds: ['b'] }, /either taskId or taskIds/],
      ['task_await', { taskId: 'unknown' }, /no job 'unknown'/],
      ['task_peek', { taskId: 'op-unknown' }, /no task 'op-unknown'/],
      ['task_cancel', { taskId: 'unknown' }, /no job 'unknown'/],
      ['task_list', { view: 'everything' }, /view/],
      ['task_list', { after: 'not-a-cursor' }, /cursor/],
    ];
    for (const [name, input, said] of wrong) {
      const { isError, text } = await mcp.call(name, input);
      expect(isError, `${name} ${JSON.stringify(input).slice(0, 80)}`).toBe(true);
      expect(text).toMatch(said);
    }
    expect((await mcp.call('task_list', { limit: 200 })).data.tasks.length).toBe(before);
  });

  test('an unknown or retired tool is answered with the path to take', async () => {
    const unknown = await mcp.call('do_everything');
    expect(unknown.isError).toBe(true);
    expect(unknown.text).toMatch(/no tool do_everything.*task_start.*task_await/);
    const retired = await mcp.call('spawn_worker', { prompt: 'x' });
    expect(retired.text).toContain('task_start {"kind":"worker"');
  });
});
