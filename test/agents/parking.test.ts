import { describe, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { agentNamed, callsAbout, fault, synthesis, turn, use, useAgents, work } from './setup.ts';

const world = useAgents({ agents: [agentNamed('tester')] });

describe('a rate limit in the middle of an agent', () => {
  test.each([
    ['429', { type: 'rate_limited', retry_after: '6' }],
    ['529', { type: 'overloaded', retry_after: '6' }],
  ] as const)(
    '%s parks it without slot, lease or attempt, and it goes on where it was',
    async (code, reply) => {
      const about = `Mind the limit ${code}`;
      world.fake.expect(
        turn(about, { text: 'First.', tool_use: [use('glob', { pattern: '*' })] }, { turn: 0 }),
        fault(about, reply, { turn: 1 }),
        turn(about, { text: 'Second.' }, { turn: 1 }),
        synthesis(),
      );
      const job = await startJob(world, {
        max_workers: 1,
        plan: planOf([
          work('limited', about),
          { task_id: 'next', command: 'sleep 0.1', estimated_seconds: 0.1 },
        ]),
      });
      const parked = await until(
        async () => {
          const view = await job.status();
          return view.tasks[0]!.parked_until && view;
        },
        { what: 'the task to be parked' },
      );
      const wait = Date.parse(parked.tasks[0]!.parked_until!) - Date.now();
      expect(wait).toBeGreaterThan(4000);
      expect(wait).toBeLessThan(6500);
      expect(parked.tasks[0]).toMatchObject({ status: 'running', attempt: 1 });
      expect(parked.budget.reserved_usd).toBe(0);
      // its slot is free: the only one
      const meanwhile = await job.taskReaches('next', 'completed');
      expect(meanwhile.tasks[0]!.parked_until).not.toBeNull();
      const done = await job.reach('completed');
      expect(done.tasks[0]).toMatchObject({ attempt: 1, output_preview: 'Second.', parked_until: null });
      expect(callsAbout(world.fake, about)).toHaveLength(3);
      const rows = await world.store.readLedger(job.job_id);
      expect(rows.filter(({ status }) => status === 'released')).toMatchObject([{ cost_usd: 0 }]);
      const types = (await job.events()).map(({ type }) => type);
      expect(types.filter((type) => type === 'task.parked')).toHaveLength(1);
      expect(types).not.toContain('task.retrying');
    },
  );
});
