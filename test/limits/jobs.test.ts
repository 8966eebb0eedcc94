import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { temporalPort } from '../../activities/temporal-port.ts';
import { releasePayloads } from '../../activities/upkeep/release-payloads.ts';
import { startApi } from '../api/setup.ts';
import { randomOf } from '../chaos/random.ts';
import { until } from '../setup/until.ts';
import type { JobSize } from './large-job.ts';
import { playLargeJob } from './play.ts';

/** `ORCHESTRATOR_CHAOS=long` plays large jobs of every shape; `ORCHESTRATOR_CHAOS_SEED` repeats a run. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const seed = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? (isLong ? Date.now() % 1_000_000 : 1));
const MINUTE_MS = 60_000;

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  // so few events that a job of these goes on in new runs, with all that it carries
  api = await startApi({ settings: { continue_after_events: isLong ? 1500 : 250 } });
});
afterAll(() => api.close());

const asked = { title: 'Large', description: 'Do it' };
const LIMITS: JobSize = { tasks: 500, text_bytes: 8_000_000, leaving: 10, files: 999, printed: 262_144 };

describe.each(Array.from({ length: isLong ? 10 : 1 }, (_, index) => seed * 100 + index))('seed %i', (one) => {
  test(
    'a job of any size within the limits is edited, carried out and read',
    async () => {
      onTestFailed(() => console.log(`repeat with ORCHESTRATOR_CHAOS_SEED=${seed}`));
      const random = randomOf(one);
      const size: JobSize = {
        tasks: random.between(30, isLong ? 500 : 50),
        text_bytes: random.between(2_000_000, 4_000_000),
        leaving: random.between(1, 2),
        files: random.between(300, isLong ? 999 : 400),
        printed: random.between(100_000, 262_144),
      };
      const rounds = { replaced: random.between(3, 4), changed: random.between(1, isLong ? 40 : 6) };
      await playLargeJob(api, random, size, rounds, 9 * MINUTE_MS);
    },
    20 * MINUTE_MS,
  );
});

test.runIf(isLong)(
  'a job at all limits at once is edited fifty times, carried out and read',
  async () => {
    await playLargeJob(api, randomOf(seed), LIMITS, { replaced: 5, changed: 45 }, 15 * MINUTE_MS);
  },
  60 * MINUTE_MS,
);

describe('what is too large is refused by name, and nothing is started', () => {
  const submit = (tasks: unknown[]) => api.ask('POST', '/orchestrate/submit', { ...asked, plan: { tasks } });
  const task = (index: number, fields: object) => ({
    task_id: `t${index}`,
    title: `Task ${index}`,
    agent: 'human',
    ...fields,
  });

  test('a body', async () => {
    const told = await submit(
      Array.from({ length: 90 }, (_, i) => task(i, { description: 'x'.repeat(99_000) })),
    );
    expect(told.status).toBe(413);
    expect(told.body.error.message).toContain('8388608');
  });

  test('a description', async () => {
    const told = await submit([task(0, { description: 'x'.repeat(100_001) })]);
    expect(told.status).toBe(400);
    expect(told.body.error.fields).toMatchObject([{ path: 'plan.tasks.0.description' }]);
  });

  test('a plan that edits made too large', async () => {
    const text = { description: 'x'.repeat(99_000) };
    const { body } = await submit(Array.from({ length: 80 }, (_, index) => task(index, text)));
    const added = Array.from({ length: 20 }, (_, index) => task(100 + index, text));
    const told = await api.ask('PATCH', `/orchestrate/${body.job_id}/plan`, { add: added });
    expect(told.status).toBe(400);
    expect(JSON.stringify(told.body.error.fields)).toContain('at most 9000000 are allowed');
    expect((await api.ask('GET', `/orchestrate/${body.job_id}/plan`)).body.version).toBe(1);
  });
});

test('what a job kept apart is removed with it', async () => {
  const { body } = await api.ask('POST', '/orchestrate/submit', {
    ...asked,
    plan: { tasks: [{ task_id: 'a', title: 'A', agent: 'human', description: 'x'.repeat(99_000) }] },
    context: { notes: 'y'.repeat(300_000) },
  });
  const held = async () => {
    const database = new DatabaseSync(join(api.folder, 'orchestrator.db'), { readOnly: true });
    const of =
      'SELECT sha256, size_bytes FROM contents JOIN content_refs USING (sha256) WHERE job_id IN (?, ?)';
    const found = database.prepare(of).all(body.job_id, `payloads/${body.job_id}`);
    database.close();
    return found as { sha256: string; size_bytes: number }[];
  };
  expect((await held()).some(({ size_bytes }) => size_bytes > 399_000)).toBe(true);
  const hashes = (await held()).map(({ sha256 }) => sha256);
  await api.ask('DELETE', `/orchestrate/${body.job_id}`);
  await until(async () => (await held()).length === 0, { what: 'its contents to be removed' });
  expect(await Promise.all(hashes.map((hash) => api.store.statContent(hash)))).toEqual(
    hashes.map(() => null),
  );
});

test('what histories refer to is kept for as long as Temporal has them', { timeout: 300_000 }, async () => {
  const { store, worker } = api;
  const temporal = temporalPort(worker.client);
  const context = { notes: 'n'.repeat(300_000) };
  const plan = { tasks: [{ task_id: 'a', title: 'A', agent: 'human' }] };
  const { body } = await api.ask('POST', '/orchestrate/submit', { ...asked, plan, context });
  await api.ask('POST', `/orchestrate/${body.job_id}/cancel`);
  await until(() => store.readArchived(body.job_id), { what: 'the archive' });
  const isHeld = async () => (await store.jobsWithPayloads('', 1000)).includes(body.job_id);
  await until(async () => (await temporal.runsOf(body.job_id)).length > 0, { what: 'it to be listed' });
  const now = Date.now();
  await releasePayloads({ store, temporal }, now);
  await releasePayloads({ store, temporal }, now + 3_600_000);
  expect(await isHeld()).toBe(true);

  const forgotten = new Set<string>();
  const isForgotten = async () => {
    // what ended just now is listed late
    const runs = await temporal.runsOf(body.job_id);
    for (const run of runs.filter(({ run_id }) => !forgotten.has(run_id))) {
      await temporal.deleteRun(run);
      forgotten.add(run.run_id);
    }
    return runs.length === 0;
  };
  await until(isForgotten, { timeoutMs: 200_000, what: 'Temporal to forget it' });
  await releasePayloads({ store, temporal }, now);
  expect(await isHeld()).toBe(true);
  await releasePayloads({ store, temporal }, now + 3_600_000);
  expect(await isHeld()).toBe(false);
  expect((await api.ask('GET', `/orchestrate/${body.job_id}/status`)).body.status).toBe('cancelled');
});
