import { expect } from 'vitest';
import type { JobEvent } from '../../contracts/event.ts';
import { until } from '../setup/until.ts';
import { type PatientClient, patientClient } from './client.ts';
import type { System } from './system.ts';

const TASKS = 12;

/** A job that is under way while something is wrong with what it runs on. */
export interface SteadyJob {
  client: PatientClient;
  job_id: string;
  /** waits until so many of its 12 tasks are completed */
  completed(count: number): Promise<void>;
  /** waits for its end, and checks that nothing was lost: all tasks completed once, a journal without gaps */
  endsWell(): Promise<void>;
}

/** Starts a job of short commands one after another, whose outputs are stored as contents of their own. */
export async function startSteadyJob(system: System): Promise<SteadyJob> {
  const client = patientClient(system.url);
  const tasks = Array.from({ length: TASKS }, (_, index) => ({
    task_id: `t${index + 1}`,
    title: `Task ${index + 1}`,
    agent: 'command',
    command: 'sleep 0.3; head -c 3000 /dev/zero | tr "\\0" x',
    estimated_seconds: 1,
    depends_on: index === 0 ? [] : [`t${index}`],
  }));
  const body = { title: 'Steady', description: 'Goes on', approval: 'auto', plan: { tasks } };
  const { body: submitted } = await client.post('/orchestrate/submit', body);
  const { job_id } = submitted as { job_id: string };
  const status = async () => (await client.get(`/orchestrate/${job_id}/status`)).body;
  return {
    client,
    job_id,
    async completed(count) {
      const reached = async () => (await status()).stats?.completed >= count;
      await until(reached, { timeoutMs: 60_000, what: `${count} completed tasks` });
    },
    async endsWell() {
      const isClosed = async () => ['completed', 'failed', 'needs_review'].includes((await status()).status);
      await until(isClosed, { timeoutMs: 150_000, what: `the end of ${job_id}` });
      expect(await status()).toMatchObject({ status: 'completed', stats: { completed: TASKS } });
      const { body: page } = await client.get(`/orchestrate/${job_id}/events?limit=500`);
      const journal = page.events as JobEvent[];
      expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index + 1));
      const done = journal.filter(({ type }) => type === 'task.completed').map(({ task_id }) => task_id);
      expect(done).toEqual(tasks.map(({ task_id }) => task_id));
      expect(journal.at(-1)!.type).toBe('job.completed');
    },
  };
}

/** What `GET /readyz` says now: its status, or 0 without an answer within 10 s. */
export const readiness = (system: System): Promise<number> =>
  fetch(`${system.url()}/readyz`, { signal: AbortSignal.timeout(10_000) }).then(
    ({ status }) => status,
    () => 0,
  );
