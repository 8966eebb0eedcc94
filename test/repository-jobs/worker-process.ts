import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createDataDir } from '../../config/data-dir.ts';
import { createMask } from '../../core/text/mask.ts';
import { openStore, type Store } from '../../store/index.ts';
import { createNamespace, type TestNamespace } from '../setup/namespace.ts';
import { until } from '../setup/until.ts';

const MAIN = join(import.meta.dirname, '../../worker/main.ts');

/** Workers as processes of their own, on a namespace of their own and a data folder. */
export interface WorkerWorld extends TestNamespace {
  /** over the same data as that of the workers */
  store: Store;
  /** has all that they keep */
  folder: string;
  mirrors_dir: string;
  /** starts one; it takes work when this settles */
  start(more?: { path?: string; env?: Record<string, string> }): Promise<WorkerProcess>;
  close(): Promise<void>;
}

export interface WorkerProcess {
  pid: number;
  isOver(): boolean;
  /** settles when it has ended, by whatever */
  ended: Promise<void>;
  /** what it has printed */
  output(): string;
  /** ends it in order */
  stop(): Promise<void>;
}

/** @param config the text of `orchestrator.yaml` */
export async function startWorkerWorld(config: string): Promise<WorkerWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-worker-world-'));
  const dir = createDataDir(join(folder, 'data'));
  const config_file = join(folder, 'orchestrator.yaml');
  writeFileSync(config_file, config);
  const mask = createMask([]);
  const store = await openStore({ sqlite_file: dir.orchestratorDb, artifacts_dir: dir.artifacts, mask });
  const space = await createNamespace(inject('temporalAddress'), store.payloads);
  const workers: WorkerProcess[] = [];
  return {
    ...space,
    store,
    folder,
    mirrors_dir: dir.mirrors,
    async start({ path = process.env.PATH!, env = {} } = {}) {
      const worker = launch({
        ...env,
        PATH: path,
        HOME: process.env.HOME ?? '',
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
        ORCHESTRATOR_DATA_DIR: dir.root,
        ORCHESTRATOR_CONFIG: config_file,
        ORCHESTRATOR_LAUNCHED: '1',
        TEMPORAL_ADDRESS: space.address,
        TEMPORAL_NAMESPACE: space.namespace,
      });
      workers.push(worker);
      const isUp = () => worker.isOver() || worker.output().includes('worker is running');
      await until(isUp, { timeoutMs: 120_000, what: 'a worker' });
      if (worker.isOver()) throw new Error(`the worker did not start:\n${worker.output().slice(-3000)}`);
      return worker;
    },
    async close() {
      for (const worker of workers) await worker.stop();
      await store.close();
      await space.connection.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function launch(env: Record<string, string>): WorkerProcess {
  const cwd = join(tmpdir(), 'orchestrator-worker-cwd');
  mkdirSync(cwd, { recursive: true });
  // its standard input is the pipe by which it knows that this process is still there
  const child: ChildProcess = spawn(process.execPath, [MAIN], { cwd, env, stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += chunk));
  const ended = once(child, 'exit').then(() => undefined);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid!,
    isOver,
    ended,
    output: () => text,
    async stop() {
      if (!isOver()) child.kill('SIGTERM');
      await ended;
    },
  };
}
