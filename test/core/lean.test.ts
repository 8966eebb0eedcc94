import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AttemptRequest, TaskInput, TaskSettlement } from '../../contracts/attempt.ts';
import type { JobEvent } from '../../contracts/event.ts';
import type { EndedPhase } from '../../contracts/phase.ts';
import { Task } from '../../contracts/plan.ts';
import {
  fullInput,
  fullResult,
  fullSettlement,
  leanInput,
  leanRequest,
  leanResult,
  leanSettlement,
} from '../../core/state/lean.ts';
import { fullBatch, leanBatch } from '../../core/state/lean-batch.ts';

const id = fc.stringMatching(/^[a-z]{1,5}$/);
const text = fc.string({ maxLength: 30 });
const artifact = fc.record({
  artifact_id: id,
  name: id,
  media_type: id,
  size_bytes: fc.nat(),
  sha256: id,
  task_id: fc.option(id),
});
const output = fc
  .record({ text: fc.option(text, { nil: undefined }), cut: fc.option(fc.nat(30)), other: text })
  .map(({ text, cut, other }) => ({
    preview: text === undefined ? other : text.slice(0, cut ?? undefined),
    bytes: 7,
    ...(text === undefined ? { text_ref: 'hash' } : { text }),
  }));
const some = <T>(value: fc.Arbitrary<T>, usual: T) => fc.oneof(fc.constant(usual), value);
const strings = fc.array(id, { maxLength: 2 });
const task = fc
  .record({
    ...{ task_id: id, title: text.map((title) => title || 'a'), description: some(text, '') },
    ...{ agent: fc.option(id), depends_on: strings, env: some(fc.dictionary(id, text, { maxKeys: 2 }), {}) },
    ...{ command: fc.option(fc.oneof(id, fc.array(id, { minLength: 1 }))), cwd: some(id, '.') },
    ...{
      timeout_seconds: some(fc.integer({ min: 1, max: 900 }), 600),
      max_attempts: some(fc.constant(5), 3),
    },
    ...{ estimated_seconds: some(fc.constant(3), 60), files: strings, model: fc.option(id) },
    ...{ total_timeout_seconds: fc.option(fc.integer({ min: 1 })), budget_usd: fc.option(fc.constant(2)) },
  })
  .map((given) => ({ ...Task.parse({ task_id: 'a', title: 'a' }), ...given }));
const dependency = fc.record({
  ...{ task_id: id, title: text, status: fc.constantFrom('completed' as const, 'skipped' as const) },
  ...{ output: fc.option(output), artifacts: fc.array(artifact, { maxLength: 2 }) },
});
const failure = fc.option(fc.record({ code: id, message: text, retryable: fc.boolean() }));
const input: fc.Arbitrary<TaskInput> = fc.record({
  ...{ job_id: id, owner: id, task, generation: some(fc.nat(3), 1), attempts_made: fc.nat(2) },
  ...{ previous_failure: failure, dependencies: fc.array(dependency, { maxLength: 3 }) },
  ...{ criteria: fc.constant([]), brief_ref: some(id, ''), host_id: fc.option(id) },
  ...{ host_wait_seconds: some(fc.nat(9), 300), provider: fc.constant(null), model: fc.option(id) },
  ...{ capped: fc.boolean(), heartbeat_seconds: some(fc.nat(9), 10), agent: fc.option(id) },
  ...{ agent_kind: fc.constantFrom('command' as const, 'llm' as const, null), thread: fc.constant(null) },
  ...{ depth: fc.nat(1), continue_after_events: some(fc.constant(40), 3000) },
  priority: fc.constantFrom('medium' as const, 'high' as const),
});
/** As it comes out of a history. */
const travelled = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const completed = fc.record({
  status: fc.constant('completed' as const),
  output,
  artifacts: fc.array(artifact),
});

describe('what goes without saying', () => {
  test('is back in a task input', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { form, ...full } = fullInput<TaskInput>(travelled(leanInput(given)));
        expect(form).toBe(2);
        expect(full).toEqual(given);
      }),
    );
  });

  test('is back in all that running a command takes', () => {
    fc.assert(
      fc.property(
        input,
        fc.nat(3),
        fc.option(fc.nat(900), { nil: undefined }),
        (given, attempt, limit_ms) => {
          const request = { ...given, attempt, ...(limit_ms === undefined ? {} : { limit_ms }) };
          const full = fullInput<AttemptRequest>(travelled(leanRequest(request)));
          const { task, dependencies, job_id, generation, previous_failure, heartbeat_seconds } = request;
          const needed = {
            task,
            dependencies,
            job_id,
            generation,
            previous_failure,
            heartbeat_seconds,
            attempt,
          };
          expect(full).toMatchObject(needed);
          expect(full.limit_ms).toBe(limit_ms);
        },
      ),
    );
  });

  test('is back in results and settlements', () => {
    fc.assert(
      fc.property(completed, id, fc.nat(3), (outcome, task_id, generation) => {
        const result = { ...outcome, worker: 'w', agent: 'command' };
        expect(fullResult(travelled(leanResult(result)))).toEqual(result);
        const of = { task_id, generation };
        const settlement: TaskSettlement = { ...of, attempt: 1, outcome, agent: 'command', worker: 'w' };
        expect(fullSettlement(travelled(leanSettlement(settlement)), of)).toEqual(settlement);
      }),
    );
  });

  test('is as it was in what earlier versions wrote', () => {
    fc.assert(
      fc.property(input, completed, (given, outcome) => {
        expect(fullInput<TaskInput>(given)).toBe(given);
        const settlement = { task_id: 'a', generation: 2, attempt: 1, outcome, agent: null, worker: null };
        expect(fullSettlement(settlement, { task_id: 'a', generation: 2 })).toEqual(settlement);
        expect(fullResult({ ...outcome, worker: 'w', agent: 'x' })).toEqual({
          ...outcome,
          worker: 'w',
          agent: 'x',
        });
      }),
    );
  });

  test('is short', () => {
    const planned = Task.parse({
      task_id: 'b',
      title: 'b',
      agent: 'command',
      command: ['true'],
      depends_on: ['a'],
    });
    const before = { task_id: 'a', title: 'a', status: 'completed' as const, artifacts: [] };
    const given: TaskInput = {
      ...fullInput<TaskInput>({ form: 2, job_id: 'j', owner: 'o', task: planned }),
      dependencies: [{ ...before, output: { preview: 'x', bytes: 1, text: 'x' } }],
      ...{ agent: 'command', agent_kind: 'command', host_id: 'h' },
    };
    expect(leanInput(given)).toEqual({
      ...{ form: 2, job_id: 'j', owner: 'o', agent: 'command', agent_kind: 'command', host_id: 'h' },
      task: { task_id: 'b', title: 'b', agent: 'command', command: ['true'], depends_on: ['a'] },
      dependencies: [{ task_id: 'a', title: 'a', output: { bytes: 1, text: 'x' } }],
    });
  });
});

test('a batch of events comes back as it was', () => {
  const at = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z');
  const draft = fc.record({
    ...{ at, type: fc.constantFrom('task.ready' as const, 'job.running' as const) },
    data: some(fc.dictionary(id, text), {}),
  });
  const phase = fc.record({
    ...{ of: fc.nat(20), phase: fc.constantFrom('run' as const, 'job' as const), round: fc.nat(2) },
    ...{ dispatch: fc.nat(2), began_at: at, outcome: fc.constantFrom('done' as const, 'failed' as const) },
    ...{ task_id: fc.option(id, { nil: undefined }), ended_at: fc.option(at) },
  });
  fc.assert(
    fc.property(
      ...([
        fc.array(fc.tuple(draft, fc.option(id)), { minLength: 1 }),
        fc.nat(900),
        fc.array(phase),
      ] as const),
      (drafts, first, ends) => {
        const events = drafts.map(
          ([{ data, ...rest }, task_id], index): JobEvent => ({
            ...{ seq: first + index, job_id: 'j', ...rest },
            ...(task_id === null ? {} : { task_id }),
            data,
          }),
        );
        const phases = ends.map(({ of, ended_at, task_id, ...rest }): EndedPhase => {
          const event = events[of % events.length]!;
          const about = task_id === undefined ? {} : { task_id };
          return { seq: event.seq, ...rest, ...about, ended_at: ended_at ?? event.at };
        });
        const back = fullBatch(travelled(leanBatch(events, phases)));
        expect(back).toEqual({ events, ...(phases.length > 0 ? { phases } : {}) });
      },
    ),
  );
});
