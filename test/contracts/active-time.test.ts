import { expect, test } from 'vitest';
import { activeSeconds } from '../../contracts/active-time.ts';

type View = Parameters<typeof activeSeconds>[0];
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const entry = (seconds: number, status: string, gate_waits = false) => ({
  at: at(seconds),
  status,
  gate_waits,
});
const task = (from: number, to: number) => ({ started_at: at(from), finished_at: at(to) });

test('waiting for people is not counted: of the whole job, and at a gate beside which nothing runs', () => {
  const view = {
    finished_at: at(1000),
    status_history: [
      entry(0, 'planning'),
      entry(5, 'awaiting_approval'),
      entry(300, 'running'),
      entry(310, 'running', true),
      entry(600, 'running'),
      entry(620, 'needs_review'),
      entry(990, 'verifying'),
    ],
    tasks: [task(300, 330), task(301, 320), task(600, 620), { started_at: null, finished_at: null }],
  } as unknown as View;
  // planned, ran, ran on beside the gate, ran after it, verified
  expect(activeSeconds(view)).toBe(5 + 10 + 20 + 20 + 10);
  expect(activeSeconds({ ...view, status_history: undefined })).toBeUndefined();
});
