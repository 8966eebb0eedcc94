import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActivityDeps } from '../../activities/deps.ts';
import { createLog } from '../../telemetry/log/log.ts';
import { startWorker, type WorkerOptions } from '../../worker/worker.ts';
import { type DepsOptions, testDeps } from '../setup/deps.ts';
import { createNamespace, type TestNamespace } from '../setup/namespace.ts';

/** The server and the bundle that all stages of a recording share, and the folder for all that they write. */
export interface Studio {
  address: string;
  bundle: string;
  folder: string;
}

/** A real worker on a namespace of its own, where jobs are played to be recorded. */
export interface Stage extends TestNamespace {
  store: ActivityDeps['store'];
  deps: Omit<ActivityDeps, 'temporal'>;
  close(): Promise<void>;
}

/** @param activities what to run instead of the usual activities */
export async function openStage(
  studio: Studio,
  options: DepsOptions & { activities?: WorkerOptions['activities'] } = {},
): Promise<Stage> {
  const { activities, ...rest } = options;
  const folder = await mkdtemp(join(studio.folder, 'stage-'));
  const deps = { ...(await testDeps(folder, rest)), worker: 'recorder:1', host_id: 'recorder' };
  const space = await createNamespace(studio.address, deps.store.payloads);
  const worker = await startWorker({
    target: { address: space.address, namespace: space.namespace },
    deps,
    ...(activities ? { activities } : {}),
    log: createLog({ component: 'worker' }),
    concurrency: 100,
    grace_seconds: 5,
    workflow_bundle: { codePath: studio.bundle },
  });
  return {
    ...space,
    store: deps.store,
    deps,
    async close() {
      await worker.stop();
      await deps.store.close();
      await space.connection.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
