import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { traceIdOf } from '../../telemetry/ids.ts';
import { openTracing } from '../../telemetry/open-tracing.ts';
import { jobSpanId } from '../../telemetry/spans.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import { agentNamed, synthesis, turn, use, workerOptions } from '../agents/setup.ts';
import { startApi } from '../api/setup.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { until } from '../setup/until.ts';
import { type Collector, type SeenSpan, startCollector } from './collector.ts';

let collector: Collector;
let fake: FakeAnthropic;
let tracing: Tracing;
let api: Awaited<ReturnType<typeof startApi>>;
const before = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;

beforeAll(async () => {
  collector = await startCollector();
  fake = await startFakeAnthropic();
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
  tracing = (await openTracing('orchestrator-test', env))!;
  api = await startApi({
    tracing,
    worker: workerOptions(fake, { agents: [agentNamed('tester')] }),
    // so low that the job continues as new
    settings: { continue_after_events: 60 },
  });
}, 120_000);
afterAll(async () => {
  await api.close();
  await tracing.close();
  await Promise.all([collector.close(), fake.close()]);
  if (before === undefined) delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  else process.env.OTEL_EXPORTER_OTLP_ENDPOINT = before;
});

const task = (task_id: string, rest: object = {}) => ({
  task_id,
  title: `Do ${task_id}`,
  description: `Work out the ${task_id}`,
  agent: 'tester',
  depends_on: [],
  ...rest,
});

test('a job is one trace, from its submission to its end, over a continue-as-new', {
  timeout: 240_000,
}, async () => {
  fake.expect(
    {
      system_includes: 'objectives',
      structured: true,
      reply: { type: 'message', json: { objectives: ['Do it'], constraints: [], acceptance_criteria: [] } },
    },
    {
      structured: true,
      reply: {
        type: 'message',
        json: {
          rationale: 'because',
          tasks: [task('sum'), task('rest', { depends_on: ['sum'] }), task('end', { depends_on: ['rest'] })],
        },
      },
    },
    turn(
      'Work out the sum',
      { tool_use: [use('write_file', { file_path: 'sum', content: '42' })] },
      { turn: 0 },
    ),
    turn('Work out the sum', { text: 'It is 42.' }, { turn: 1 }),
    turn('Work out the rest', { text: 'Nothing is left.' }),
    turn('Work out the end', { text: 'That was it.' }),
    synthesis(),
  );
  const submitted = await api.ask('POST', '/orchestrate/submit', {
    title: 'Traced',
    description: 'secret words',
  });
  expect(submitted.status).toBe(201);
  const { job_id } = submitted.body;
  expect((await api.ask('POST', `/orchestrate/${job_id}/approve`, {})).status).toBe(200);
  await until(async () => (await api.ask('GET', `/orchestrate/${job_id}`)).body.status === 'completed', {
    timeoutMs: 120_000,
    what: 'the job to be completed',
  });
  const root = await until(() => collector.spans.find(({ span_id }) => span_id === jobSpanId(job_id)), {
    what: 'the whole trace',
  });
  await tracing.flush();
  fake.assertDone();

  const trace = collector.spans.filter(({ trace_id }) => trace_id === traceIdOf(job_id));
  const ids = new Map(trace.map((span) => [span.span_id, span]));
  expect(ids.size).toBe(trace.length);
  const named = (name: string) => trace.filter((span) => span.name === name);
  const parentOf = (span: SeenSpan) => ids.get(span.parent_id);

  // one root, and every other span is under one that is there and that began before it
  expect(trace.filter(({ parent_id }) => parent_id === '')).toEqual([root]);
  expect(root).toMatchObject({
    name: 'orchestrator.job',
    attributes: { 'orchestrator.outcome': 'completed' },
  });
  for (const span of trace.filter((one) => one !== root)) {
    expect(parentOf(span), `the parent of ${span.name}`).toBeDefined();
    expect(span.ended).toBeGreaterThanOrEqual(span.began);
  }
  for (const name of ['plan', 'approval', 'dispatch', 'aggregate']) {
    const [span] = named(`orchestrator.${name}`);
    expect(span, name).toBeDefined();
    expect(parentOf(span!)).toBe(root);
  }
  // the API
  expect(named('orchestrator.submit').map(parentOf)).toEqual([root]);
  expect(named('POST /orchestrate/:job_id/approve')).toMatchObject([
    { parent_id: root.span_id, attributes: { 'http.response.status_code': 200 } },
  ]);
  // tasks under dispatch, what is done for them under them, and model calls under the activity that made them
  const [dispatch] = named('orchestrator.dispatch');
  const tasks = named('orchestrator.task');
  expect(tasks.map(({ attributes }) => attributes['orchestrator.task_id']).sort()).toEqual([
    'end',
    'rest',
    'sum',
  ]);
  expect(tasks.map(parentOf)).toEqual([dispatch, dispatch, dispatch]);
  const chats = trace.filter(({ name }) => name.startsWith('chat '));
  expect(chats).toHaveLength(fake.calls.length);
  const path = (span: SeenSpan): string => {
    const parent = parentOf(span);
    return parent ? `${path(parent)} > ${span.name}` : span.name;
  };
  const paths = chats.map(path).sort();
  const [model] = chats[0]!.name.split(' ').slice(1);
  const under = (phase: string) => `orchestrator.job > ${phase} > RunActivity:callModel > chat ${model}`;
  expect(paths).toEqual([
    under('orchestrator.aggregate'),
    ...Array(4).fill(under('orchestrator.dispatch > orchestrator.task')),
    ...Array(2).fill(under('orchestrator.plan')),
  ]);
  expect(named('RunActivity:runTool').map(path)).toEqual([
    'orchestrator.job > orchestrator.dispatch > orchestrator.task > RunActivity:runTool',
  ]);
  // what the conventions want of a model call, with the tokens that were billed, and nothing of what was said
  for (const { attributes } of chats) {
    expect(attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': model,
      'gen_ai.response.finish_reasons': [expect.any(String)],
    });
  }
  const sum = (name: string) => chats.reduce((total, { attributes }) => total + Number(attributes[name]), 0);
  const billed = fake.calls.reduce((total, call) => total + call.billed.output_tokens, 0);
  expect(sum('gen_ai.usage.output_tokens')).toBe(billed);
  expect(
    JSON.stringify(trace, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
  ).not.toMatch(/secret words|Work out|It is 42/);

  // histories hold nothing of it, and replay without it
  const runs = await collectRuns(api.worker.client, [`job-${job_id}`]);
  expect(runs.filter(({ workflow_id }) => workflow_id === `job-${job_id}`).length).toBeGreaterThan(1);
  expect(JSON.stringify(runs)).not.toMatch(/traceparent|_tracer/);
  expect(await replay(runs, inject('workflowBundle')!)).toEqual([]);
});

test('nothing of OpenTelemetry is loaded where no endpoint is set', async () => {
  expect(await openTracing('orchestrator-test', {})).toBeUndefined();
  const off = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' };
  expect(await openTracing('orchestrator-test', off)).toBeUndefined();
  const grpc = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  await expect(openTracing('orchestrator-test', grpc)).rejects.toThrow('OTEL_EXPORTER_OTLP_PROTOCOL');
});
