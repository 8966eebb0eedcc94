import { describe, expect, test } from 'vitest';
import type { EventDraft } from '../../contracts/event.ts';
import { alertsAfter, nextWarning, providerDown, warnOfExpiry } from '../../core/journal/alerts.ts';
import { addBudget, addLeaseRequest, reserve, serveQueue, settleLease } from '../../core/money/budget.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { approvedJob, START, taskOf } from './samples.ts';

const kinds = (events: EventDraft[]) => events.map(({ data }) => data.kind);

describe('a budget', () => {
  function spend(state: JobState, usd: number): EventDraft[] {
    reserve(state.budget, { lease_id: `l${state.budget.spent_usd}`, task_id: null, amount_usd: usd });
    return alertsAfter(state, settleLease(state.budget, `l${state.budget.spent_usd}`, usd));
  }

  test('is told of at 80 % and when it is used up, each once, and anew after budget was added', () => {
    const state = approvedJob([taskOf('a')]);
    state.budget.limit_usd = 10;
    expect(kinds(spend(state, 7.9))).toEqual([]);
    expect(kinds(spend(state, 0.2))).toEqual(['budget_80']);
    expect(kinds(spend(state, 0.1))).toEqual([]);
    expect(kinds(spend(state, 1.8))).toEqual(['budget_100']);
    expect(kinds(alertsAfter(state, []))).toEqual([]);
    addBudget(state.budget, 30);
    expect(kinds(alertsAfter(state, []))).toEqual([]);
    expect(kinds(spend(state, 23))).toEqual(['budget_80']);
  });

  test('is used up as soon as it does not reach for what is asked for', () => {
    const state = approvedJob([taskOf('a')]);
    state.budget.limit_usd = 1;
    addLeaseRequest(state.budget, { lease_id: 'dear', task_id: 'a', amount_usd: 2 });
    serveQueue(state.budget, 1);
    expect(kinds(alertsAfter(state, []))).toEqual(['budget_100']);
    expect(alertsAfter(state, [])).toEqual([]);
    addBudget(state.budget, 5);
    expect(alertsAfter(state, [])).toEqual([]);
  });

  test('without a cap, or of nothing, is never told of', () => {
    for (const limit_usd of [null, 0]) {
      const state = approvedJob([taskOf('a')]);
      state.budget.limit_usd = limit_usd;
      expect(kinds(spend(state, 0))).toEqual([]);
    }
  });
});

describe('a provider that gives no answers', () => {
  const retrying = (attempt: number): EventDraft => ({
    type: 'task.retrying',
    task_id: 'a',
    attempt,
    data: { error: { code: 'provider_unavailable', message: 'OpenAI answered 502.', provider: 'openai' } },
  });

  test('is told of when it fails twice in a row, once for each provider', () => {
    const state = approvedJob([taskOf('a')]);
    expect(alertsAfter(state, [retrying(1)])).toEqual([]);
    expect(alertsAfter(state, [retrying(2)])).toMatchObject([
      { type: 'alert', data: { kind: 'provider_down', provider: 'openai' } },
    ]);
    expect(alertsAfter(state, [retrying(3)])).toEqual([]);
    expect(kinds(providerDown(state, { message: 'gone', provider: 'gemini' }))).toEqual(['provider_down']);
  });

  test('is told of when the last attempt failed for it, and never for other failures', () => {
    const state = approvedJob([taskOf('a')]);
    const failed = (data: Record<string, unknown>): EventDraft => ({ type: 'task.failed', attempt: 1, data });
    expect(alertsAfter(state, [failed({ code: 'refusal', message: 'no' })])).toEqual([]);
    const data = { code: 'provider_timeout', message: 'late', provider: 'anthropic' };
    expect(kinds(alertsAfter(state, [failed(data)]))).toEqual(['provider_down']);
  });
});

test('an approval is told of when a quarter of its time is left, at most ten minutes, once', () => {
  const state = approvedJob([
    taskOf('short', { approval: 'required', approval_expires_seconds: 100 }),
    taskOf('long', { approval: 'required', approval_expires_seconds: 86_400 }),
    taskOf('ever', { approval: 'required' }),
  ]);
  schedule(state, START);
  const at = (seconds: number) => new Date(new Date(START).getTime() + seconds * 1000).toISOString();
  expect(nextWarning(state)).toBe(at(75));
  expect(warnOfExpiry(state, at(74))).toEqual([]);
  expect(warnOfExpiry(state, at(75))).toMatchObject([
    { type: 'alert', task_id: 'short', data: { kind: 'approval_expiring', approval_id: 'gate-short' } },
  ]);
  expect(warnOfExpiry(state, at(80))).toEqual([]);
  expect(nextWarning(state)).toBe(at(85_800));
  state.tasks.long!.status = 'running';
  expect(nextWarning(state)).toBeNull();
});
