import { expect } from 'vitest';
import { BUDGET_USD, GATED, TASKS } from './job.ts';
import { ADDED_USD, type Blow, type Round } from './round.ts';

/** What holds of a job whatever was killed in its middle. */
export function expectNothingLost(round: Round, blows: readonly Blow[]): void {
  const { status, journal, heard, job_id } = round;
  const all = Array.from({ length: TASKS }, (_, index) => `t${index + 1}`).sort();
  const of = (type: string) => journal.filter((event) => event.type === type);

  // the job is done, and every task was completed once
  expect(status).toMatchObject({ job_id, status: 'completed', stats: { total: TASKS, completed: TASKS } });
  expect(
    of('task.completed')
      .map(({ task_id }) => task_id)
      .sort(),
  ).toEqual(all);

  // the journal has no gaps, and the listener heard each event once, in order
  expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index + 1));
  expect(journal.at(-1)!.type).toBe('job.completed');
  expect(heard).toEqual(journal);

  // what was acknowledged was not lost, and what was repeated was followed once
  expect(of('job.approved')).toHaveLength(1);
  expect(of('approval.granted').filter(({ task_id }) => task_id === GATED)).toHaveLength(1);
  expect(of('budget.added')).toHaveLength(1 + blows.length);
  expect(status.budget.limit_usd).toBeCloseTo(BUDGET_USD + ADDED_USD * (1 + blows.length), 6);
  expect(round.answers.resubmitted).toMatchObject({ status: 200, body: { job_id } });
  expect(round.answers.submitted_again).toMatchObject({ status: 200 });

  // every command was run; what had been completed was not run again, and only a lost worker repeats any
  expect([...new Set(round.begun.map((line) => line.split(' ')[0]!))].sort()).toEqual(all);
  const again = round.begun.slice(round.begun_before).map((line) => line.split(' ')[0]!);
  expect(again.filter((task) => round.completed_before.includes(task))).toEqual([]);
  const losesWorker = blows.some(({ victim }) => victim === 'worker' || victim === 'launcher');
  if (!losesWorker) expect(round.begun).toHaveLength(TASKS);
}
