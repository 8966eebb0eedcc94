import { existsSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporalPort } from '../../activities/temporal-port.ts';
import { removeWorkFolders } from '../../activities/upkeep/work-folders.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

const KEPT_SECONDS = 3600;
const LARGE = 'head -c 5000000 /dev/zero > large';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker({ config: { limits: { work_folder_seconds: KEPT_SECONDS } } });
});
afterAll(() => worker.close());

const folderOf = (job_id: string) => join(worker.deps.work_dir, job_id);

/** What a worker does now and then, on the host of that folder and with that patience. */
function clean(kept_seconds: number, work_dir = worker.deps.work_dir): Promise<string[]> {
  const { config, store } = worker.deps;
  const limits = { ...config.limits, work_folder_seconds: kept_seconds };
  const deps = { store, temporal: temporalPort(worker.client), work_dir, config: { ...config, limits } };
  return removeWorkFolders(deps, async () => undefined);
}

test('the folder of a closed job goes after its time, that of an open one stays however old', async () => {
  const closed = await startJob(worker, { plan: planOf([{ task_id: 't', command: LARGE }]) });
  await closed.reach('completed');
  await until(() => worker.store.readArchived(closed.job_id), { what: 'the archive' });
  const open = await startJob(worker, {
    plan: planOf([
      { task_id: 't', command: LARGE },
      { task_id: 'gate', depends_on: ['t'], approval: 'required' },
    ]),
  });
  await open.taskReaches('gate', 'awaiting_approval');
  const old = new Date(0);
  for (const part of ['', '.attempts', '.attempts/t'])
    await utimes(join(folderOf(open.job_id), part), old, old);

  expect(await clean(KEPT_SECONDS)).toEqual([]);
  expect(existsSync(join(folderOf(closed.job_id), 'large'))).toBe(true);
  await until(async () => (await clean(0.001)).includes(closed.job_id), { what: 'its time to be over' });
  expect(existsSync(folderOf(closed.job_id))).toBe(false);
  expect(existsSync(join(folderOf(open.job_id), 'large'))).toBe(true);
  await open.update('cancel');
  await open.result();
});

test('another host cleans its own folder, of deleted and of unknown jobs too', async () => {
  const other = join(worker.folder, 'other-host');
  const deleted = 't-deleted-job';
  await worker.store.putTombstone(deleted, 'local');
  for (const job_id of [deleted, 't-unknown-old', 't-unknown-new']) {
    await mkdir(join(other, job_id, '.attempts', 't'), { recursive: true });
    await writeFile(join(other, job_id, 'large'), 'x');
  }
  const old = new Date(Date.now() - 2 * KEPT_SECONDS * 1000);
  for (const part of ['', '.attempts', '.attempts/t'])
    await utimes(join(other, 't-unknown-old', part), old, old);
  expect((await clean(KEPT_SECONDS, other)).sort()).toEqual([deleted, 't-unknown-old']);
  expect(existsSync(join(other, 't-unknown-new'))).toBe(true);
});

test('a worker does so by itself', async () => {
  const job = await startJob(worker, { plan: planOf([{ task_id: 't', command: LARGE }]) });
  await job.reach('completed');
  const { config } = worker.deps;
  await worker.restart({ config: { ...config, limits: { ...config.limits, work_folder_seconds: 1 } } });
  await until(() => !existsSync(folderOf(job.job_id)), { what: 'the folder to be removed' });
});
