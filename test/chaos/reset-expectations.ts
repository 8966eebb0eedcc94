import { expect } from 'vitest';
import type { JobEvent } from '../../contracts/event.ts';
import type { LedgerRow } from '../../contracts/money.ts';
import { billedUsd } from '../agents/setup.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import type { ResetJob } from './reset-round.ts';

/** What holds of the job that repairs what is missing, whatever was reset in its middle. */
export function expectStory(
  job: ResetJob,
  { view, journal, heard, ledger }: Awaited<ReturnType<ResetJob['end']>>,
  budget: { limit_usd: number; times: number },
): void {
  const of = (type: string) => journal.filter((event) => event.type === type);
  const names = ['first', 'gated', 'last', 'repair-1-1', 'write'];
  expect(view).toMatchObject({ status: 'completed', stats: { total: 5, completed: 5 } });
  expect(
    of('task.completed')
      .map(({ task_id }) => task_id)
      .sort(),
  ).toEqual(names);
  // what was given stands, and was asked for once
  expect(of('job.approved').map(({ data }) => data.plan_version)).toEqual([1, 2]);
  expect(of('approval.granted').map(({ task_id }) => task_id)).toEqual(['gated']);
  expect(of('budget.added')).toHaveLength(budget.times);
  expect(view.budget.limit_usd).toBeCloseTo(budget.limit_usd, 6);
  // a command is begun again only where it was stopped in the middle
  for (const task of ['first', 'gated', 'last']) {
    const begun = job.lines('begun').filter((line) => line === task).length;
    const stopped = of('task.retrying').filter(({ task_id }) => task_id === task).length;
    expect(begun, task).toBeGreaterThanOrEqual(1);
    expect(begun, task).toBeLessThanOrEqual(1 + stopped);
  }
  expectWhole(journal, heard);
  expectPaid(job.calls(), ledger, view.budget);
}

/** The journal has no gaps, and a listener heard each event once, in order. */
export function expectWhole(journal: JobEvent[], heard: JobEvent[]): void {
  expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index + 1));
  expect(journal.at(-1)!.type).toBe('job.completed');
  expect(heard).toEqual(journal);
}

/** What was billed is in the ledger: to the cent where the answer came, and no less where it was cut off. */
export function expectPaid(
  calls: FakeCall[],
  rows: LedgerRow[],
  budget: { spent_usd: number; reserved_usd: number; limit_usd: number; exceeded: boolean },
): void {
  const sum = (costs: number[]) => costs.reduce((all, usd) => all + usd, 0);
  const billed = sum(calls.map(billedUsd));
  const cut = rows.filter(({ status }) => status === 'estimated');
  const spent = sum(rows.map(({ cost_usd }) => cost_usd));
  if (cut.length === 0) expect(spent).toBeCloseTo(billed, 8);
  else expect(spent).toBeGreaterThanOrEqual(billed - 1e-8);
  expect(budget.spent_usd).toBeCloseTo(spent, 6);
  expect(budget).toMatchObject({ reserved_usd: 0, exceeded: false });
  expect(budget.spent_usd).toBeLessThanOrEqual(budget.limit_usd);
}
