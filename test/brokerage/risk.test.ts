import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './setup.ts';

let always: Stage;
beforeAll(async () => {
  always = await openStage({ risk_approval: 'always' });
  await always.agent('smith');
});
afterAll(() => always.close());

const RISKS = ['low', 'medium', 'high', 'critical'];

test('risk decides which tasks wait, and how long, where the config asks for it', async () => {
  const { body } = await always.plan(
    'risk-1',
    RISKS.map((risk) => ({ agent: 'smith', risk })),
  );
  await always.ask('POST', '/execute/risk-1', {});
  const waiting = await always.reach(
    'risk-1',
    'blocked',
    ({ subtasks }) => subtasks[0].state === 'completed',
  );
  expect(waiting.subtasks.map(({ state }: { state: string }) => state)).toEqual([
    'completed',
    ...RISKS.slice(1).map(() => 'blocked'),
  ]);
  const { approvals } = (await always.ask('GET', `/orchestrate/${body.job_id}/approvals`)).body;
  const minutes = approvals.map(
    ({ requested_at, expires_at }: { requested_at: string; expires_at: string }) =>
      (Date.parse(expires_at) - Date.parse(requested_at)) / 60_000,
  );
  expect(minutes).toEqual([30, 60, 90]);
  await always.ask('POST', '/execute/risk-1', {});
  await always.reach('risk-1', 'completed');
});

test('an expired gate goes to review, and execute opens it', async () => {
  const { body } = await always.plan('risk-2', [
    { agent: 'smith', risk: 'high', approval_expires_seconds: 0.2 },
  ]);
  await always.ask('POST', '/execute/risk-2', {});
  const expired = await always.reach('risk-2', 'blocked', ({ needs_review }) => needs_review);
  expect(expired.subtasks[0]).toMatchObject({ state: 'blocked', reason: 'approval_expired' });
  const released = await always.ask('POST', `/orchestrate/${body.job_id}/release`, { hold: 'none' });
  expect(released.status).toBe(200);
  await always.reach('risk-2', 'completed');
});
