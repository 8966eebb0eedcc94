import { afterEach, describe, expect, inject, onTestFailed, test } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { readAddresses } from '../../runtime/addresses.ts';
import { startedAt } from '../../runtime/processes.ts';
import { until } from '../setup/until.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';
import { readiness, startSteadyJob } from './steady.ts';
import { type System, startSystem } from './system.ts';

const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const probe = smallDisk();
probe?.remove();

let system: System | undefined;
let disk: SmallDisk | undefined;
afterEach(async () => {
  disk?.free();
  await system?.cleanUp();
  disk?.remove();
  system = undefined;
  disk = undefined;
});

async function start(options?: string): Promise<{ system: System; disk: SmallDisk }> {
  disk = smallDisk(options)!;
  system = await startSystem(inject('temporalBinary'), { folder: disk.folder });
  onTestFailed(() => console.log(system?.output().slice(-5000)));
  return { system, disk };
}

/** Takes something from the disk while a job runs, waits until that is felt, gives it back, and sees the job end well. */
async function outage(
  { system }: { system: System },
  { take, giveBack }: { take: () => void; giveBack: () => void },
): Promise<void> {
  const job = await startSteadyJob(system);
  await job.completed(2);
  const launcher = system.pid('launcher');
  const temporal = system.pid('temporal');
  take();
  await until(async () => (await readiness(system)) !== 200, { timeoutMs: 60_000, what: 'readyz to tell' });
  // the launcher is there, and Temporal is not without it
  expect(await startedAt(launcher)).toBeDefined();
  expect(await startedAt(temporal)).toBeDefined();
  giveBack();
  await job.endsWell();
  await until(async () => (await readiness(system)) === 200, { timeoutMs: 60_000, what: 'readyz' });
  expect(readAddresses(dataDir(system.folder))!.pids.launcher).toBe(launcher);
}

describe.skipIf(!probe)(
  probe ? 'a disk' : 'a disk (skipped: this user may not mount one)',
  { timeout: 300_000 },
  () => {
    test('that is full ends nothing, and everything goes on when there is room', async () => {
      const running = await start();
      const times = isLong ? 3 : 1;
      for (let time = 1; time <= times; time++) {
        await outage(running, {
          take: () => running.disk.fill(),
          giveBack: () => running.disk.free(),
        });
      }
      expect(await running.system.stop()).toBe(0);
    });

    test.runIf(isLong)('without inodes ends nothing', async () => {
      const running = await start('size=64m,nr_inodes=2000');
      await outage(running, {
        take: () => {
          running.disk.fill();
          running.disk.fillInodes();
        },
        giveBack: () => running.disk.free(),
      });
    });
  },
);
