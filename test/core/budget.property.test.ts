import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addBudget,
  addLeaseRequest,
  budgetView,
  remainingUsd,
  reserve,
  reservedUsd,
  serveQueue,
  settleLease,
  whyDenied,
} from '../../core/money/budget.ts';
import { callCostUsd, roundUsd, worstCaseUsd } from '../../core/money/cost.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import { requestLease } from '../../core/schedule/waiting.ts';
import type { BudgetState } from '../../core/state/job-state.ts';
import { anyHistory } from './happenings.ts';
import { unfold } from './history.ts';
import { approvedJob, START, taskOf, tasksOf } from './samples.ts';

const budgetOf = (limit_usd: number | null): BudgetState => ({
  limit_usd,
  spent_usd: 0,
  leases: {},
  queue: [],
  exceeded: false,
});

/** Amounts as prices make them: with all the digits of a float. */
const usd = fc.oneof(fc.constantFrom(0, 0.1, 0.2, 0.3), fc.double({ min: 0, max: 4, noNaN: true }));

const operation = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), usd }),
  fc.record({
    kind: fc.constant('request' as const),
    usd,
    least: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant('settle' as const),
    pick: fc.nat(9),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ kind: fc.constant('add' as const), usd }),
  fc.record({ kind: fc.constant('serve' as const), slots: fc.nat(3) }),
);

describe('the ledger', () => {
  test('never has more spent and reserved than the limit, and its sums are exact to nine digits', () => {
    fc.assert(
      fc.property(
        usd.map(roundUsd),
        fc.array(operation, { maxLength: 60, size: 'max' }),
        (limit, operations) => {
          const budget = budgetOf(limit);
          const ids = { next: 0 };
          const spent: number[] = [];
          for (const done of operations) {
            const lease = {
              lease_id: `l${ids.next}`,
              task_id: 'a',
              amount_usd: 'usd' in done ? done.usd : 0,
            };
            ids.next += 1;
            if (done.kind === 'reserve') reserve(budget, lease, lease.amount_usd / 2);
            else if (done.kind === 'request')
              addLeaseRequest(budget, {
                ...lease,
                or_usd: [lease.amount_usd / 3],
                least_usd: (lease.amount_usd / 3) * done.least,
              });
            else if (done.kind === 'add') addBudget(budget, done.usd);
            else if (done.kind === 'serve') serveQueue(budget, done.slots);
            else {
              const open = Object.values(budget.leases);
              const closed = open[done.pick % open.length];
              if (!closed) continue;
              spent.push(roundUsd(closed.amount_usd * done.share));
              settleLease(budget, closed.lease_id, closed.amount_usd * done.share);
            }
            const total = roundUsd(budget.spent_usd + reservedUsd(budget));
            expect(total).toBeLessThanOrEqual(budget.limit_usd!);
            expect(budget.exceeded).toBe(false);
            expect(roundUsd(total + remainingUsd(budget)!)).toBe(budget.limit_usd);
          }
          expect(budget.spent_usd).toBe(roundUsd(spent.reduce((sum, one) => sum + one, 0)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('holds in whole histories of jobs too', () => {
    fc.assert(
      fc.property(anyHistory(), ([job, happenings]) => {
        unfold(job, happenings, {
          happened({ state: { budget } }) {
            const { limit_usd, spent_usd, reserved_usd, exceeded } = budgetView(budget);
            if (limit_usd !== null && roundUsd(spent_usd + reserved_usd) > limit_usd)
              throw new Error(`${spent_usd} + ${reserved_usd} > ${limit_usd}`);
            expect(exceeded).toBe(false);
          },
        });
      }),
      { numRuns: 300 },
    );
  });

  test('says so when a provider bills more than was reserved, until budget is added', () => {
    const budget = budgetOf(1);
    reserve(budget, { lease_id: 'l', task_id: null, amount_usd: 1 });
    expect(settleLease(budget, 'l', 1.5).map(({ type }) => type)).toEqual([
      'budget.settled',
      'budget.exceeded',
    ]);
    expect(budgetView(budget)).toMatchObject({ spent_usd: 1.5, remaining_usd: 0, exceeded: true });
    addBudget(budget, 1);
    expect(budgetView(budget)).toMatchObject({ limit_usd: 2, remaining_usd: 0.5, exceeded: false });
  });

  test('lets a free call through when nothing is left', () => {
    const budget = budgetOf(1);
    reserve(budget, { lease_id: 'dear', task_id: null, amount_usd: 1 });
    settleLease(budget, 'dear', 1.5);
    addLeaseRequest(budget, { lease_id: 'free', task_id: 'a', amount_usd: 0 });
    expect(serveQueue(budget, 1).granted).toHaveLength(1);
  });
});

describe('the queue', () => {
  test('grants the first of the amounts that there is, and waits or denies by the smallest', () => {
    const budget = budgetOf(1);
    reserve(budget, { lease_id: 'open', task_id: 'b', amount_usd: 0.5 });
    const ask = (lease_id: string, amount_usd: number, ...or_usd: number[]) =>
      addLeaseRequest(budget, { lease_id, task_id: 'a', amount_usd, or_usd });
    ask('one', 0.9, 0.3);
    ask('later', 0.9, 0.6);
    ask('never', 3, 1.5);
    const { granted, denied } = serveQueue(budget, 5);
    expect(granted).toEqual([{ lease_id: 'one', task_id: 'a', amount_usd: 0.3 }]);
    expect(denied.map(({ lease_id }) => lease_id)).toEqual(['never']);
    expect(budget.queue.map(({ lease_id }) => lease_id)).toEqual(['later']);
    settleLease(budget, 'open', 0);
    expect(serveQueue(budget, 5).granted).toMatchObject([{ lease_id: 'later', amount_usd: 0.6 }]);
  });

  test('gives all that is left to a call that needs more, once nobody else holds any of it', () => {
    const budget = budgetOf(1);
    reserve(budget, { lease_id: 'open', task_id: 'b', amount_usd: 0.6 });
    addLeaseRequest(budget, { lease_id: 'dear', task_id: 'a', amount_usd: 3, or_usd: [1.2], least_usd: 0.3 });
    // there is enough for a short answer, and may soon be for a longer one
    expect(serveQueue(budget, 5)).toMatchObject({ granted: [], denied: [] });
    settleLease(budget, 'open', 0.1);
    expect(serveQueue(budget, 5).granted).toEqual([{ lease_id: 'dear', task_id: 'a', amount_usd: 0.9 }]);
    settleLease(budget, 'dear', 0.65);
    const next = { lease_id: 'next', task_id: 'a', amount_usd: 1.2, least_usd: 0.3 };
    addLeaseRequest(budget, next);
    expect(serveQueue(budget, 5).denied).toEqual([next]);
    expect(whyDenied(budget, next)).toBe(
      'the next call may cost up to 1.2 USD (0.3 with the shortest useful answer), and 0.25 of the 1 USD of the budget are left; add 0.95 USD or more to continue (0.05 USD for a short answer)',
    );
  });

  test('leaves a whole call to wait for the others as long as they may give enough back', () => {
    const budget = budgetOf(1);
    reserve(budget, { lease_id: 'open', task_id: 'b', amount_usd: 0.6 });
    addLeaseRequest(budget, { lease_id: 'whole', task_id: 'a', amount_usd: 0.9, least_usd: 0.1 });
    expect(serveQueue(budget, 5).granted).toEqual([]);
    settleLease(budget, 'open', 0.05);
    expect(serveQueue(budget, 5).granted).toMatchObject([{ amount_usd: 0.9 }]);
  });

  test("a task's own budget leaves out the amounts that it does not cover", () => {
    const state = approvedJob([taskOf('a', { budget_usd: 0.4 })], { budget_usd: 10 });
    schedule(state, START);
    const lease = { lease_id: 'l', task_id: 'a', amount_usd: 0.9, or_usd: [0.3] };
    expect(requestLease(state, lease)).toEqual({ refused: null });
    expect(schedule(state, START).leases).toEqual([
      { lease_id: 'l', task_id: 'a', granted: true, amount_usd: 0.3 },
    ]);
    const dear = { lease_id: 'm', task_id: 'a', amount_usd: 0.9, or_usd: [0.5] };
    expect(requestLease(state, dear).refused).toContain('own budget');
    expect(requestLease(state, { ...dear, least_usd: 0.2 })).toEqual({ refused: null });
    const [short] = state.budget.queue;
    expect(short).toEqual({ lease_id: 'm', task_id: 'a', amount_usd: 0.4, or_usd: [], least_usd: 0.2 });
  });

  test('grants in order what the limit can pay, whatever comes behind it, and denies the rest', () => {
    fc.assert(
      fc.property(
        fc.array(usd, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 3 }),
        (amounts, slots) => {
          const budget = budgetOf(3);
          const answered: string[] = [];
          amounts.forEach((amount_usd, index) => {
            addLeaseRequest(budget, { lease_id: `${index}`, task_id: 'a', amount_usd });
          });
          // every round, the oldest open lease is given back unspent
          for (let round = 0; budget.queue.length > 0; round += 1) {
            if (round > amounts.length) throw new Error(`${budget.queue[0]!.lease_id} starves`);
            const { granted, denied } = serveQueue(budget, slots);
            for (const lease of denied) expect(roundUsd(lease.amount_usd)).toBeGreaterThan(3);
            answered.push(
              ...granted.filter(({ amount_usd }) => amount_usd > 0).map(({ lease_id }) => lease_id),
            );
            for (const lease of Object.values(budget.leases).slice(0, slots))
              settleLease(budget, lease.lease_id, 0);
          }
          expect(answered).toEqual([...answered].sort((a, b) => Number(a) - Number(b)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('does not let small requests keep a big one waiting', () => {
    const budget = budgetOf(10);
    reserve(budget, { lease_id: 'open', task_id: null, amount_usd: 5 });
    addLeaseRequest(budget, { lease_id: 'big', task_id: 'a', amount_usd: 6 });
    addLeaseRequest(budget, { lease_id: 'small', task_id: 'b', amount_usd: 2 });
    expect(serveQueue(budget, 9).granted).toEqual([]);
    settleLease(budget, 'open', 0);
    expect(serveQueue(budget, 9).granted.map(({ lease_id }) => lease_id)).toEqual(['big', 'small']);
  });
});

describe('a message that comes twice', () => {
  test('changes nothing: a request that waits, one that was granted, and a return', () => {
    const state = approvedJob(tasksOf({ a: [] }), { budget_usd: 1 });
    schedule(state, START);
    const lease = { lease_id: 'l', task_id: 'a', amount_usd: 0.5 };
    const twice = (change: () => unknown) => {
      change();
      const before = structuredClone(state);
      change();
      expect(state).toEqual(before);
    };
    twice(() => requestLease(state, lease));
    twice(() => schedule(state, START));
    expect(state.tasks.a!.holds_slot).toBe(true);
    twice(() => requestLease(state, lease));
    expect(state.tasks.a!.holds_slot).toBe(true);
    twice(() => settleLease(state.budget, 'l', 0.2));
    expect(state.budget).toMatchObject({ spent_usd: 0.2, leases: {} });
  });
});

test('what calls cost shows no binary fractions, and stays within what was reserved for them', () => {
  const price = {
    input_usd: 0.1,
    output_usd: 0.7,
    cache_read_usd: 0.025,
    cache_write_usd: 0.125,
    source: 'test',
  };
  const count = fc.nat(1_000_000);
  fc.assert(
    fc.property(count, count, count, count, (input, output, read, written) => {
      const usage = {
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: read,
        cache_write_tokens: written,
      };
      const cost = callCostUsd(usage, price);
      expect(String(cost)).toMatch(/^\d+(\.\d{1,9})?$|e-\d+$/);
      expect(cost).toBeLessThanOrEqual(worstCaseUsd(input + read + written, output, price));
    }),
    { numRuns: 1000 },
  );
});

test("a task's own budget is counted in dollars, not in floats", () => {
  const state = approvedJob([taskOf('a', { budget_usd: 0.3 })]);
  schedule(state, START);
  state.tasks.a!.cost_usd = 0.1;
  expect(requestLease(state, { lease_id: 'l1', task_id: 'a', amount_usd: 0.2 })).toEqual({ refused: null });
  expect(requestLease(state, { lease_id: 'l2', task_id: 'a', amount_usd: 0.21 }).refused).toContain(
    '0.3 USD',
  );
});
