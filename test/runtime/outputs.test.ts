import { mkdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { readAddresses } from '../../runtime/addresses.ts';
import { startedAt } from '../../runtime/processes.ts';
import { until } from '../setup/until.ts';
import { cleanUp, type LauncherProcess, newFolder, startLauncher } from './launcher-process.ts';

let folder: string;
let launcher: LauncherProcess;
beforeEach(() => {
  folder = newFolder();
  launcher = startLauncher(folder, inject('temporalBinary'), { TEMPORAL_ADDRESS: inject('temporalAddress') });
});
afterEach(async () => {
  launcher.process.kill('SIGKILL');
  await cleanUp(folder);
});

const newWorker = (old: number) =>
  until(
    () => {
      const pid = readAddresses(dataDir(folder))?.pids.worker;
      return pid !== undefined && pid !== old && pid;
    },
    { what: 'the worker to be started again' },
  );

describe('the launcher goes on', () => {
  it('when whoever read what it prints has gone, as with `npm start | head`', async () => {
    const { pids } = await launcher.up();
    launcher.process.stdout!.destroy();
    launcher.process.stderr!.destroy();
    process.kill(pids.worker, 'SIGKILL'); // it has something to say
    const worker = await newWorker(pids.worker);
    process.kill(worker, 'SIGKILL');
    await newWorker(worker);
    expect(await launcher.end('SIGTERM')).toBe(0);
    expect(readAddresses(dataDir(folder))).toBeUndefined();
  });

  it('when it cannot write where things are, and writes it when it can', async () => {
    const { pids } = await launcher.up();
    const { addresses } = dataDir(folder);
    rmSync(addresses);
    mkdirSync(addresses); // nothing can be renamed to its place
    process.kill(pids.worker, 'SIGKILL');
    await until(() => launcher.output().includes("addresses.json can't be written"), {
      what: 'its complaint',
    });
    expect(await startedAt(launcher.process.pid!)).toBeDefined();
    rmSync(addresses, { recursive: true });
    await newWorker(pids.worker);
    await until(() => launcher.output().includes('addresses.json is written again'), {
      what: 'word that it is written',
    });
    expect(await launcher.end('SIGTERM')).toBe(0);
  });
});
