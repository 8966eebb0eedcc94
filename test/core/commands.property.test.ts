import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CommandArgs, CommandName } from '../../contracts/command.ts';
import { COMMANDS } from '../../contracts/command.ts';
import { JobEvent } from '../../contracts/event.ts';
import { Plan } from '../../contracts/plan.ts';
import { CLOSED_JOB_STATUSES } from '../../contracts/status.ts';
import { ApprovalView, JobView } from '../../contracts/view.ts';
import { applyCommand, checkCommand } from '../../core/commands/index.ts';
import { archiveInput, jobView } from '../../core/journal/view.ts';
import { waitingApprovals } from '../../core/schedule/waiting.ts';
import { type JobState, jobStatus } from '../../core/state/job-state.ts';
import { anyHistory, commands } from './happenings.ts';
import { unfold } from './history.ts';
import { START } from './samples.ts';

/** A state that a job can get into, and every command in it. */
const anyMoment = fc.tuple(anyHistory(30), fc.record(commands)).map(([[job, happenings], given]) => ({
  state: unfold(job, happenings).state,
  given: Object.entries(given) as [CommandName, CommandArgs][],
}));

/** Fails with the path of anything that JSON would drop or change. */
function expectPlainJson(value: unknown, path = 'state'): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  const isPlain =
    typeof value === 'object' && [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value));
  if (!isPlain) throw new Error(`${path} is ${String(value)}, which is not JSON`);
  for (const [key, item] of Object.entries(value as object)) expectPlainJson(item, `${path}.${key}`);
}

test('what is generated here is what the contracts allow', () => {
  fc.assert(
    fc.property(fc.record(commands), (given) => {
      for (const [name, args] of Object.entries(given)) COMMANDS[name as CommandName].parse(args);
    }),
    { numRuns: 100 },
  );
});

test('in every state, checking a command changes nothing, and one that is allowed can be followed', () => {
  fc.assert(
    fc.property(anyMoment, ({ state, given }) => {
      for (const [name, args] of given) {
        const before = JSON.stringify(state);
        const problem = checkCommand(state, name, args);
        expect(JSON.stringify(state)).toBe(before);
        if (problem) {
          expect(problem.message).not.toBe('');
          continue;
        }
        const next = structuredClone(state);
        const { answer, events } = applyCommand(next, name, args, START);
        expect(answer.job_id).toBe(state.job_id);
        expectPlainJson(next);
        expectReadable(next);
        for (const [index, event] of events.entries())
          JobEvent.parse({ ...event, seq: index + 1, job_id: 'job-1', at: START });
      }
    }),
    { numRuns: 400 },
  );
});

test('a repeated request gets the same answer and does nothing; with another body it is refused', () => {
  fc.assert(
    fc.property(anyMoment, ({ state, given }) => {
      for (const [name, args] of given) {
        const request = { ...args, request_id: 'once', body_hash: 'h1' };
        const next = structuredClone(state);
        if (checkCommand(next, name, request)) continue;
        const { answer } = applyCommand(next, name, request, START);
        next.phase = 'closed';
        next.ending ??= { status: 'completed', error: null };
        const before = JSON.stringify(next);
        expect(checkCommand(next, name, request)).toBeNull();
        expect(applyCommand(next, name, request, START)).toEqual({ answer, events: [] });
        expect(checkCommand(next, name, { ...request, body_hash: 'h2' })?.code).toBe('idempotency_conflict');
        expect(JSON.stringify(next)).toBe(before);
      }
    }),
    { numRuns: 200 },
  );
});

test('whatever happens, every event and view keeps to its contract and the state is plain JSON', () => {
  fc.assert(
    fc.property(anyHistory(), ([job, happenings]) => {
      const { state, events } = unfold(job, happenings);
      for (const [index, event] of events.entries())
        JobEvent.parse({ ...event, seq: index + 1, job_id: 'job-1', at: START });
      expectPlainJson(state);
      expectReadable(state);
    }),
    { numRuns: 500 },
  );
});

test('a closed job takes no command but a repeated cancel, and one that ends takes only a cancel, which changes no end', () => {
  fc.assert(
    fc.property(anyMoment, ({ state, given }) => {
      const fresh = given.map(([name, args]): [CommandName, CommandArgs] => {
        const { request_id: _, ...rest } = args;
        return [name, rest];
      });
      if (!state.ending) return;
      for (const [name, args] of fresh) {
        const problem = checkCommand(state, name, args);
        const again = name === 'cancel' && state.ending?.status === 'cancelled';
        if (!again && (name !== 'cancel' || state.phase === 'closed')) expect(problem?.code).toBe('conflict');
        else {
          const { ending } = structuredClone(state);
          applyCommand(state, name, args, START);
          expect(state.ending).toEqual(ending);
        }
      }
    }),
    { numRuns: 500 },
  );
});

/** Views of the state are what the API and the archive promise. */
function expectReadable(state: JobState): void {
  const view = JobView.parse(jobView(state));
  expect(view.stats.total).toBe(view.tasks.length);
  expect(view.tasks.length).toBe(state.plan!.tasks.length);
  expect(CLOSED_JOB_STATUSES.includes(jobStatus(state))).toBe(state.phase === 'closed');
  for (const approval of waitingApprovals(state, START)) ApprovalView.parse(approval);
  for (const plan of archiveInput(state).plans) Plan.parse(plan);
}
