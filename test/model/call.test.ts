import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallInput } from '../../activities/types.ts';
import { CUT_SHORT } from '../../contracts/attempt-codes.ts';
import { Config } from '../../contracts/config.ts';
import { type CallResult, UNREADABLE } from '../../contracts/model-call.ts';
import type { PreparedCall } from '../../contracts/prepared-call.ts';
import type { TurnInput } from '../../contracts/turn.ts';
import { callCostUsd, outputUsd } from '../../core/money/cost.ts';
import { leastUsd, withinUsd } from '../../core/money/output-limit.ts';
import { createProviders } from '../../providers/registry.ts';
import {
  closingEvents,
  openingEvents,
  sse,
  textDelta,
  textStart,
  toolUseEvents,
} from '../fakes/anthropic-events.ts';
import type { WireUsage } from '../fakes/anthropic-script.ts';
import { startFakeOpenAi } from '../fakes/openai.ts';
import { until } from '../setup/until.ts';
import {
  callInput,
  type Harness,
  impatient,
  JOB,
  startHarness,
  taskSubject,
  tasksSubject,
  watchedMock,
  watchedProviders,
} from './harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

const rowOf = async (call_id: string) =>
  (await harness.store.readLedger(JOB)).find((row) => row.call_id === call_id);

/** The ledger holds no less than the provider's bill, and not the whole reservation. */
async function expectPartPaid(call: PreparedCall, result: CallResult): Promise<void> {
  const row = await rowOf(call.call_id);
  expect(row).toMatchObject({ status: 'estimated', usage: { cache_read_tokens: 0 } });
  expect(result).toMatchObject({ cost_usd: row!.cost_usd });
  const { billed } = harness.fake.calls.at(-1)!;
  const bill = callCostUsd(
    {
      input_tokens: billed.input_tokens,
      output_tokens: billed.output_tokens,
      cache_read_tokens: billed.cache_read_input_tokens,
      cache_write_tokens: billed.cache_creation_input_tokens,
    },
    call.price!,
  );
  expect(row!.cost_usd).toBeGreaterThanOrEqual(bill);
  expect(row!.cost_usd).toBeLessThan(call.worst_case_usd / 2);
}

test('an answer is stored under its call id, billed to the cent, and given again without a second request', async () => {
  harness.fake.expect({
    prompt_includes: 'Write the report.',
    reply: { type: 'message', text: 'It is sunny.' },
  });
  const call = await harness.prepare(taskSubject(harness));
  const first = await harness.call(call);
  expect(first).toMatchObject({
    status: 'answered',
    worker: 'test:1',
    answer: { purpose: 'turn', result: { text: 'It is sunny.' }, calls: [] },
  });
  const again = await new MockActivityEnvironment().run(harness.restarted().callModel, callInput(call));
  expect(again).toEqual(first);
  expect(harness.fake.calls).toHaveLength(1);
  harness.fake.assertDone();

  const billed = harness.fake.calls[0]!.billed;
  const row = await rowOf(call.call_id);
  expect(row).toMatchObject({
    status: 'settled',
    usage: {
      input_tokens: billed.input_tokens,
      output_tokens: billed.output_tokens,
      cache_write_tokens: billed.cache_creation_input_tokens,
      cache_read_tokens: 0,
    },
  });
  expect(row!.cost_usd).toBeGreaterThan(0);
  expect(row!.cost_usd).toBeLessThanOrEqual(row!.reserved_usd);
});

test('the system prompt of an agent is written to the cache once and read from it by the next task', async () => {
  harness.fake.expect({ times: 2, reply: { type: 'message', text: 'done' } });
  const first = await harness.call(await harness.prepare(taskSubject(harness)));
  const secondCall = await harness.prepare(taskSubject(harness));
  const second = await harness.call(secondCall);
  if (first.status !== 'answered' || second.status !== 'answered') throw new Error('not answered');
  expect(first.usage.cache_write_tokens).toBeGreaterThan(1024);
  expect(second.usage).toMatchObject({
    cache_write_tokens: 0,
    cache_read_tokens: first.usage.cache_write_tokens,
  });
  expect(second.cost_usd).toBe(callCostUsd(second.usage, secondCall.price!));
  expect(second.cost_usd).toBeLessThan(first.cost_usd);
});

test('a short rate limit is waited for and costs one call', async () => {
  harness.fake.expect(
    { reply: { type: 'rate_limited', retry_after_ms: '60', retry_after: '30' } },
    { reply: { type: 'message', text: 'done' } },
  );
  const started = Date.now();
  const call = await harness.prepare(taskSubject(harness));
  expect(await harness.call(call)).toMatchObject({ status: 'answered' });
  expect(Date.now() - started).toBeGreaterThanOrEqual(60);
  harness.fake.assertDone();
});

test('a long rate limit parks the call for as long as the provider asks, and it can be made later', async () => {
  harness.fake.expect({ reply: { type: 'rate_limited', retry_after: '30' } });
  const call = await harness.prepare(taskSubject(harness));
  const parked = await harness.call(call);
  if (parked.status !== 'parked') throw new Error(`not parked: ${parked.status}`);
  const seconds = (Date.parse(parked.parked_until) - Date.now()) / 1000;
  expect(seconds).toBeGreaterThan(28);
  expect(seconds).toBeLessThanOrEqual(30);
  expect(await rowOf(call.call_id)).toMatchObject({ status: 'released', cost_usd: 0 });

  harness.fake.expect({ reply: { type: 'message', text: 'done' } });
  expect(await harness.call(call)).toMatchObject({ status: 'answered' });
  expect(await rowOf(call.call_id)).toMatchObject({ status: 'settled' });
});

test('an overloaded provider is left alone for longer each time', async () => {
  const waits: number[] = [];
  for (let round = 0; round < 3; round++) {
    harness.fake.expect({ reply: { type: 'overloaded' } });
    const parked = await harness.call(await harness.prepare(taskSubject(harness)));
    if (parked.status !== 'parked') throw new Error(`not parked: ${parked.status}`);
    waits.push((Date.parse(parked.parked_until) - Date.now()) / 1000);
  }
  for (const [round, base] of [10, 20, 40].entries()) {
    expect(waits[round]).toBeGreaterThan(base - 1);
    expect(waits[round]).toBeLessThanOrEqual(base * 1.25);
  }
});

test('a provider that breaks off in the middle because of overload parks the call, at the price of what it had said', async () => {
  harness.fake.expect({ reply: { type: 'overloaded', after_text: 'It is' } });
  const call = await harness.prepare(taskSubject(harness));
  const result = await harness.call(call);
  expect(result).toMatchObject({ status: 'parked', cost_usd: expect.any(Number) });
  await expectPartPaid(call, result);
});

const EVENTS = {
  opening: (usage: Partial<WireUsage> = {}) =>
    openingEvents({ id: 'msg_1', model: 'm', usage: { ...COUNTED, ...usage } }),
  stop: { type: 'content_block_stop', index: 0 },
  closing: (reason: string, usage: object = COUNTED) => closingEvents(reason, usage as WireUsage),
};
const COUNTED: WireUsage = {
  input_tokens: 4000,
  output_tokens: 50,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};
const raw = (events: object[]) => ({ reply: { type: 'raw' as const, body: events.map(sse).join('') } });
const DEEP = `{"result": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`;

test.each(['{"path": "a", "content": "b"', DEEP, '{"id": 9007199254740993}'])(
  'arguments that cannot be read are an answer that is billed as counted, and told to the agent: %#',
  async (json) => {
    const { opening, stop, closing } = EVENTS;
    harness.fake.expect(
      raw([...opening(), ...toolUseEvents(0, 'toolu_1', 'note', json), stop, ...closing('tool_use')]),
    );
    const call = await harness.prepare(taskSubject(harness));
    const first = await harness.call(call);
    expect(first).toMatchObject({
      status: 'answered',
      answer: {
        result: null,
        calls: [
          { name: 'note', problem: expect.stringMatching(/^Not carried out: your arguments could not/) },
        ],
      },
    });
    if (first.status !== 'answered' || first.answer.purpose !== 'turn') throw new Error('no turn');
    expect(first.answer.calls[0]!.problem!.length).toBeLessThan(1000);
    const segment = (await harness.store.getContent(first.answer.conversation)).toString();
    expect(segment).toContain(JSON.stringify(json));
    expect(await harness.call(call)).toEqual(first);
    expect(await rowOf(call.call_id)).toMatchObject({
      status: 'settled',
      usage: { input_tokens: 4000, output_tokens: 50 },
    });
    harness.fake.assertDone();
  },
);

test('what an answer holds beside its words can be unreadable too: it failed, and is billed once', async () => {
  const { opening, stop, closing } = EVENTS;
  const block = `{"type":"thinking","thinking":"","signature":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  const start = `event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":${block}}\n\n`;
  const body = [opening().map(sse).join(''), start, sse(stop)].join('');
  const text = [textStart(1), textDelta(1, 'Done.'), { ...stop, index: 1 }, ...closing('end_turn')];
  harness.fake.expect({ reply: { type: 'raw', body: body + text.map(sse).join('') } });
  const call = await harness.prepare(taskSubject(harness));
  const first = await harness.call(call);
  expect(first).toMatchObject({ status: 'failed', error: { code: UNREADABLE, retryable: true } });
  expect(await harness.call(call)).toEqual(first);
  expect(await rowOf(call.call_id)).toMatchObject({ status: 'settled', usage: { input_tokens: 4000 } });
  harness.fake.assertDone();
});

test('an answer that can not be kept is billed once, and ends the attempt', async () => {
  harness.fake.expect({ reply: { type: 'message', text: 'done' } });
  const call = await harness.prepare(taskSubject(harness));
  const { store } = harness;
  const full = {
    ...store,
    putContent: async () => {
      throw new Error('ENOSPC: no space left on device');
    },
  };
  const { callModel } = harness.restarted({ store: full });
  const first = await new MockActivityEnvironment().run(callModel, callInput(call));
  expect(first).toMatchObject({
    status: 'failed',
    error: { code: 'internal', message: expect.stringContaining('no space left') },
  });
  expect(await harness.call(call)).toEqual(first);
  harness.fake.assertDone();
});

test.each<[string, object]>([
  ['missing', {}],
  ['text', { input_tokens: '12', output_tokens: '3' }],
  ['negative', { input_tokens: -5, output_tokens: 3 }],
  ['nothing', { input_tokens: null, output_tokens: null }],
  ['zero', { input_tokens: 0, output_tokens: 0 }],
  ['absurd', { input_tokens: 1e12, output_tokens: 3 }],
])('usage that is %s is booked as an estimate from the texts, and said', async (_, usage) => {
  const { stop, closing } = EVENTS;
  const opening = openingEvents({ id: 'msg_1', model: 'm', usage: usage as WireUsage });
  const text = [textStart(0), textDelta(0, 'It is sunny.'), stop];
  harness.fake.expect(raw([...opening, ...text, ...closing('end_turn', usage)]));
  const call = await harness.prepare(taskSubject(harness));
  const first = await harness.call(call);
  expect(first).toMatchObject({
    status: 'answered',
    estimated: expect.stringMatching(/^the provider /),
    answer: { result: { text: 'It is sunny.' } },
  });
  expect(await harness.call(call)).toEqual(first);
  await expectPartPaid(call, first);
  harness.fake.assertDone();
});

test('a request that was not sent costs nothing', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined).resetAndDestroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const providers = createProviders(
    { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: base_url },
    Config.parse({}),
  );
  const call = await harness.prepare(taskSubject(harness));
  const { callModel } = harness.restarted({ providers });
  const result = await new MockActivityEnvironment().run(callModel, callInput(call));
  server.close();
  expect(result).toMatchObject({ status: 'failed', error: { code: 'provider_unavailable' }, cost_usd: 0 });
  expect(await rowOf(call.call_id)).toMatchObject({ status: 'released', cost_usd: 0 });
});

test('a model that thinks unseen is charged all that was reserved when its answer breaks off', async () => {
  const fake = await startFakeOpenAi();
  fake.expect({ reply: { type: 'reset', after_text: 'It is' } });
  const providers = createProviders(
    { OPENAI_API_KEY: fake.api_key, OPENAI_BASE_URL: fake.base_url },
    Config.parse({}),
  );
  const prepared = await harness.prepare(taskSubject(harness));
  const call = { ...prepared, provider: 'openai' as const, model: 'gpt-6-sol' };
  const { callModel } = harness.restarted({ providers });
  const result = await new MockActivityEnvironment().run(callModel, callInput(call));
  await fake.close();
  expect(result).toMatchObject({ status: 'failed', cost_usd: call.worst_case_usd });
});

test('a refusal is billed, failed for good, and not asked again', async () => {
  harness.fake.expect({ reply: { type: 'message', text: 'I', stop_reason: 'refusal' } });
  const call = await harness.prepare(taskSubject(harness));
  const refused = await harness.call(call);
  expect(refused).toMatchObject({ status: 'failed', error: { code: 'refusal', retryable: false } });
  expect(await harness.call(call)).toEqual(refused);
  const row = await rowOf(call.call_id);
  expect(row).toMatchObject({ status: 'settled' });
  expect(row!.cost_usd).toBeGreaterThan(0);
  harness.fake.assertDone();
});

test('an invalid request costs nothing, fails for good and says what the provider said', async () => {
  harness.fake.expect({
    reply: {
      type: 'error',
      status: 400,
      error_type: 'invalid_request_error',
      message: 'max_tokens: too large',
    },
  });
  const call = await harness.prepare(taskSubject(harness));
  expect(await harness.call(call)).toEqual({
    status: 'failed',
    worker: 'test:1',
    cost_usd: 0,
    error: {
      code: 'invalid_request',
      retryable: false,
      message: 'Anthropic answered 400: max_tokens: too large.',
    },
  });
});

test('a task whose answer is cut off fails the attempt and shows the end of what there was', async () => {
  harness.fake.expect({ reply: { type: 'message', text: 'word '.repeat(2000) } });
  const result = await harness.call(await harness.prepare(taskSubject(harness)));
  expect(result).toMatchObject({ status: 'failed', error: { code: 'truncated', retryable: true } });
  if (result.status === 'failed') expect(result.error.tail).toMatch(/^[word ]{2000}$/);
});

test('an answer that was made short for want of money, and broke off, is neither a plan nor a turn', async () => {
  const cut = { reply: { type: 'message', text: '{"rationale": "bec', stop_reason: 'max_tokens' } } as const;
  harness.fake.expect(cut, cut, cut);
  const planning = await harness.prepare(tasksSubject());
  const short = withinUsd(planning, leastUsd('job', planning));
  expect(short.max_output_tokens).toBeGreaterThanOrEqual(4096);
  const failed = await harness.call(short);
  expect(failed).toMatchObject({ status: 'failed', error: { code: CUT_SHORT } });

  const wide = { ...(await harness.prepare(taskSubject(harness))), max_output_tokens: 16_000 };
  const { worst_case_usd, price } = wide;
  const call = { ...wide, worst_case_usd: worst_case_usd + outputUsd(15_000, price!) };
  const turnOf = (rest: Partial<TurnInput>): CallInput => {
    const input = callInput(call);
    return { ...input, turn: { ...input.turn!, may_shorten: true, ...rest } };
  };
  const ask = async (input: CallInput): Promise<CallResult> =>
    await new MockActivityEnvironment().run(harness.activities.callModel, input);
  const dear = await ask(turnOf({ budget_usd: 0.001 }));
  expect(dear).toEqual({
    status: 'too_dear',
    worst_case_usd: call.worst_case_usd,
    least_usd: leastUsd('act', call),
  });
  const turn = await ask(turnOf({ budget_usd: leastUsd('act', call) }));
  expect(turn).toMatchObject({
    status: 'answered',
    answer: { result: null, calls: [], cut_short: expect.stringMatching(/was cut off after 204[89] tokens/) },
  });
  if (turn.status !== 'answered' || turn.answer.purpose !== 'turn') throw new Error('no turn');
  const { conversation, known_tokens } = turn.answer;

  // half a summary is none
  const before = { conversation, known_tokens };
  const summary = await ask({
    ...turnOf({ ...before, mode: 'summarize', tokens_left: known_tokens + 5000, budget_usd: null }),
    call: { ...call, call_id: 'another' },
  });
  expect(summary).toMatchObject({ status: 'answered', answer: { ...before, result: null } });
  expect(harness.fake.calls.at(-1)!.body.max_tokens).toBeLessThan(5000);
  harness.fake.assertDone();
});

test('a plan that is cut off is invalid and can be repaired', async () => {
  harness.fake.expect({
    reply: { type: 'message', text: '{"rationale": "because', stop_reason: 'max_tokens' },
  });
  const result = await harness.call(await harness.prepare(tasksSubject()));
  if (result.status !== 'answered' || result.answer.purpose !== 'invalid') throw new Error('not invalid');
  expect(result.answer.problems).toEqual([expect.stringContaining('cut off after 16000 tokens')]);
  const stored = await harness.store.getContent(result.answer.answer_ref);
  expect(stored.toString()).toBe('{"rationale": "because');
});

test.each([
  ['never begins to answer', undefined],
  ['falls silent in the middle', 'It is'],
])('a provider that %s times out, and its prompt and what came count as spent', async (_, after_text) => {
  harness.fake.expect({ reply: { type: 'hang', after_text } });
  const call = await harness.prepare(taskSubject(harness));
  const { callModel } = harness.restarted({ providers: impatient(harness.fake) });
  const result: CallResult = await new MockActivityEnvironment().run(callModel, callInput(call));
  expect(result).toMatchObject({
    status: 'failed',
    error: { code: 'provider_timeout', retryable: true },
  });
  await expectPartPaid(call, result);
});

test.each([
  ['before any answer', undefined],
  ['in the middle', 'It is'],
])('a connection that is reset %s leaves the outcome unknown', async (_, after_text) => {
  harness.fake.expect({ reply: { type: 'reset', after_text } });
  const call = await harness.prepare(taskSubject(harness));
  const result = await harness.call(call);
  expect(result).toMatchObject({ status: 'failed', error: { code: 'answer_lost', retryable: true } });
  await expectPartPaid(call, result);
});

test('a provider that is not there did nothing and costs nothing', async () => {
  const call = await harness.prepare(taskSubject(harness));
  await harness.fake.close();
  expect(await harness.call(call)).toMatchObject({
    status: 'failed',
    error: { code: 'provider_unavailable', message: expect.stringContaining('ECONNREFUSED') },
    cost_usd: 0,
  });
  expect(await rowOf(call.call_id)).toMatchObject({ status: 'released' });
});

test('cancelling in the middle stops the request, keeps the reservation as estimated and throws the cancellation', async () => {
  harness.fake.expect({ reply: { type: 'message', text: 'It is sunny. '.repeat(500), pause_ms: 20 } });
  const call = await harness.prepare(taskSubject(harness));
  const { mock, beats } = watchedMock();
  const running = harness.call(call, mock);
  const outcome = running.then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
  await until(() => harness.notes.length > 0, { what: 'a first delta' });
  expect(beats.length).toBeGreaterThan(0);
  mock.cancel();
  expect(await outcome).toBe('CancelledFailure');
  await until(() => harness.fake.calls[0]!.aborted, { what: 'the request to be aborted' });
  expect(await rowOf(call.call_id)).toMatchObject({ status: 'estimated', cost_usd: call.worst_case_usd });
});

test('cancelling while it waits for a rate limit costs nothing and asks no more', async () => {
  harness.fake.expect({ reply: { type: 'rate_limited', retry_after: '4' } });
  const call = await harness.prepare(taskSubject(harness));
  const { providers, turnedAway } = watchedProviders(harness);
  const { callModel } = harness.restarted({ providers });
  const mock = new MockActivityEnvironment();
  const outcome = mock.run(callModel, callInput(call)).catch((error: Error) => error.name);
  await until(turnedAway, { what: 'the provider to turn the call away' });
  mock.cancel();
  expect(await outcome).toBe('CancelledFailure');
  expect(await rowOf(call.call_id)).toMatchObject({ status: 'released', cost_usd: 0 });
  harness.fake.assertDone();
});

test('a call that was cut off by a kill is lost at the price of its reservation, and not made again', async () => {
  const call = await harness.prepare(taskSubject(harness));
  await harness.store.beginCall({
    call_id: call.call_id,
    job_id: JOB,
    task_id: call.task_id,
    attempt: call.attempt,
    agent: call.agent,
    purpose: call.purpose,
    provider: call.provider,
    model: call.model,
    reserved_usd: call.worst_case_usd,
    price: call.price,
    lease_id: null,
  });
  const lost = { status: 'lost', cost_usd: call.worst_case_usd };
  expect(await harness.call(call)).toEqual(lost);
  expect(await harness.call(call)).toEqual(lost);
  expect(harness.fake.calls).toHaveLength(0);
});

test('closing the lease of a call gives what it cost: its answer, its reservation, or nothing', async () => {
  harness.fake.expect({ reply: { type: 'message', text: 'done' } });
  const settled = await harness.prepare(taskSubject(harness));
  const answered = await harness.call(settled);
  const closeLease = ({ call_id }: { call_id: string }) =>
    harness.activities.closeLease({ lease_id: call_id });
  expect(answered.status === 'answered' && answered.cost_usd).toBe((await closeLease(settled)).cost_usd);

  harness.fake.expect({ reply: { type: 'hang' } });
  const open = await harness.prepare(taskSubject(harness));
  const mock = new MockActivityEnvironment();
  const running = harness.call(open, mock).catch(() => undefined);
  await until(() => harness.fake.calls.length === 2, { what: 'the request' });
  expect(await closeLease(open)).toEqual({ cost_usd: open.worst_case_usd });
  mock.cancel();
  await running;
  expect(await closeLease({ call_id: 'never-made' })).toEqual({ cost_usd: 0 });
});

test('heartbeats go on while the model says nothing', async () => {
  harness.fake.expect({ reply: { type: 'hang' } });
  const { mock, beats } = watchedMock();
  const running = harness.call(await harness.prepare(taskSubject(harness)), mock).catch(() => undefined);
  await until(() => beats.length >= 2, { what: 'two heartbeats' });
  mock.cancel();
  await running;
});

test('the answer is published as it comes', async () => {
  const text = 'The sun shines on the sea and on the land. '.repeat(10);
  harness.fake.expect({ reply: { type: 'message', text, pause_ms: 15, thinking: 'Let me see.' } });
  await harness.call(await harness.prepare(taskSubject(harness)));
  const deltas = harness.notes.flatMap((note) => (note.kind === 'delta' ? [note] : []));
  expect(deltas.map((note) => note.text).join('')).toBe(text);
  expect(deltas.length).toBeGreaterThan(1);
  expect(deltas[0]).toMatchObject({ job_id: JOB, task_id: 'write', attempt: 1 });
});

test('the key is in no prompt, answer, note or message', async () => {
  const { api_key } = harness.fake;
  harness.fake.expect(
    { reply: { type: 'message', text: 'done' } },
    {
      reply: {
        type: 'error',
        status: 401,
        error_type: 'authentication_error',
        message: `bad key ${api_key}`,
      },
    },
  );
  const first = await harness.prepare(taskSubject(harness));
  const second = await harness.prepare(taskSubject(harness));
  const results = [await harness.call(first), await harness.call(second)];
  expect(results[1]).toMatchObject({ status: 'failed', error: { code: 'provider_auth', retryable: false } });
  const prompts = await Promise.all([first, second].map((call) => harness.store.getContent(call.prompt_ref)));
  const everything = JSON.stringify([first, second, results, harness.notes, prompts.map(String)]);
  expect(everything).toContain('bad key ***');
  expect(everything).not.toContain(api_key);
  expect(JSON.stringify(await harness.store.readLedger(JOB))).not.toContain(api_key);
});
