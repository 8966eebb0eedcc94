import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDir } from '../../config/data-dir.ts';
import type { Note } from '../../contracts/event.ts';
import { freePort } from '../../runtime/ports.ts';
import { openNotes } from '../../store/index.ts';
import { spawnTethered, type Tethered } from '../setup/tethered.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

const MAIN = join(import.meta.dirname, '../../api/main.ts');

/** A worker in this process, and the API as a process of its own. */
export interface KillableService {
  url: string;
  worker: TestWorker;
  /** SIGKILL: it ends in the middle of whatever it does. */
  killApi(): Promise<void>;
  /** It is there again, at the same address. */
  startApi(): Promise<void>;
  close(): Promise<void>;
}

/** Starts both on one database and one socket of live notes, as on one machine. */
export async function startKillable(): Promise<KillableService> {
  let publish: (note: Note) => void = () => {};
  const worker = await startTestWorker({ deps: { publish: (note) => publish(note) } });
  const folder = realpathSync(worker.folder);
  const notes = await openNotes({ socket_path: dataDir(folder).notesSocket, role: 'sender' });
  publish = (note) => notes.publish(note);
  writeFileSync(join(folder, 'orchestrator.yaml'), '{}\n');
  const port = await freePort('127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    HOST: '127.0.0.1',
    PORT: String(port),
    ORCHESTRATOR_DATA_DIR: folder,
    ORCHESTRATOR_CONFIG: join(folder, 'orchestrator.yaml'),
    OLLAMA_BASE_URL: 'http://127.0.0.1:1',
    TEMPORAL_ADDRESS: worker.address,
    TEMPORAL_NAMESPACE: worker.namespace,
    TEMPORAL_UI_URL: 'http://127.0.0.1:8233',
  };
  let api: Tethered | undefined;

  const startApi = async () => {
    api = spawnTethered([process.execPath, MAIN], { env, log: join(folder, 'api.log'), signal: 'KILL' });
    const answers = async () => (await fetch(`${url}/readyz`)).ok;
    await until(answers, { timeoutMs: 60_000, what: 'the API to answer' });
  };
  const killApi = async () => {
    await api?.stop();
    api = undefined;
  };
  await startApi();
  return {
    url,
    worker,
    startApi,
    killApi,
    async close() {
      await killApi();
      await notes.close();
      await worker.close();
    },
  };
}
