import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.ts';
import type { Note } from '../../contracts/event.ts';
import type { Store } from '../../store/index.ts';
import { createLog } from '../../telemetry/log/log.ts';
import { type RunningWorker, startWorker } from '../../worker/worker.ts';
import { type DepsOptions, testDeps } from './deps.ts';
import { createNamespace, type TestNamespace } from './namespace.ts';
import { quietSdk } from './quiet-sdk.ts';

/** A real worker on a namespace of its own, with SQLite and folders that are removed at the end. */
export interface TestWorker extends TestNamespace {
  store: Store;
  folder: string;
  deps: Omit<ActivityDeps, 'temporal'>;
  /** every live note that was published */
  notes: Note[];
  /** stops the worker and starts another one on the same namespace and store, or one with other workflows */
  restart(changes?: Partial<ActivityDeps>, bundle?: string): Promise<void>;
  stopWorker(): Promise<void>;
  close(): Promise<void>;
}

/** @param env what the providers read: keys and base URLs; nothing by default */
export async function startTestWorker(
  options: DepsOptions & { deps?: Partial<ActivityDeps> } = {},
): Promise<TestWorker> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-worker-'));
  const notes: Note[] = [];
  const base = await testDeps(folder, options);
  const deps = { ...base, publish: (note: Note) => notes.push(note), ...options.deps };
  const { store } = deps;
  const space = await createNamespace(inject('temporalAddress'), store.payloads);
  quietSdk();
  const start = (changes: Partial<ActivityDeps> = {}, bundle = inject('workflowBundle')!) =>
    startWorker({
      target: { address: space.address, namespace: space.namespace },
      deps: { ...deps, ...changes },
      log: createLog({ component: 'worker' }),
      concurrency: 100,
      grace_seconds: 5,
      workflow_bundle: { codePath: bundle },
    });
  let worker: RunningWorker | undefined = await start();
  const stopWorker = async () => {
    await worker?.stop();
    worker = undefined;
  };
  return {
    ...space,
    store,
    folder,
    deps,
    notes,
    stopWorker,
    async restart(changes = {}, bundle) {
      await stopWorker();
      worker = await start(changes, bundle);
    },
    async close() {
      await stopWorker();
      await store.close();
      await space.connection.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
