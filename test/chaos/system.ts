import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { dataDir } from '../../config/data-dir.ts';
import { jobWorkflowId } from '../../contracts/names.ts';
import { type Addresses, readAddresses } from '../../runtime/addresses.ts';
import { listProcesses, signalProcess, startedAt } from '../../runtime/processes.ts';
import { collectRuns } from '../replay/collect.ts';
import type { RecordedRun } from '../replay/histories.ts';
import { until } from '../setup/until.ts';

const MAIN = fileURLToPath(new URL('../../runtime/main.ts', import.meta.url));

/** After so long a killed worker's commands are begun again. */
const HEARTBEAT_SECONDS = '3';

/** Who can be killed. */
export const VICTIMS = ['worker', 'api', 'temporal', 'launcher'] as const;
export type Victim = (typeof VICTIMS)[number];

/** The one-machine mode as `npm start` runs it, on a data folder of its own. */
export interface System {
  folder: string;
  /** base URL of the API */
  url(): string;
  /** the process id of a part that runs */
  pid(victim: Victim): number;
  /** SIGKILL, at once; the launcher itself is started again, the others it starts again. */
  kill(victim: Victim): Promise<void>;
  /** Waits until the victim of the last kill runs again. */
  isBack(): Promise<void>;
  /** what the launcher, the worker and the API have printed */
  output(): string;
  /** Stops it in order; gives the launcher's exit code. */
  stop(): Promise<number | null>;
  /** Ends whatever is left, and removes the folder. */
  cleanUp(): Promise<void>;
}

/**
 * Starts Temporal, worker and API; they answer when this settles.
 * @param more.files texts by path in the folder, `orchestrator.yaml` for instance
 * @param more.folder where the data folder is; a new one unless told
 */
export async function startSystem(
  temporalBinary: string,
  more: { env?: Record<string, string>; files?: Record<string, string>; folder?: string } = {},
): Promise<System> {
  const folder = realpathSync(more.folder ?? mkdtempSync(join(tmpdir(), 'orchestrator-chaos-')));
  for (const [path, text] of Object.entries({ 'orchestrator.yaml': '{}\n', ...more.files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  let text = '';
  let launcher: ChildProcess;
  let killed: { victim: Victim; pid: number } | undefined;
  let port = '0';

  const addresses = (): Addresses => {
    const found = readAddresses(dataDir(folder));
    if (!found) throw new Error(`nothing runs on ${folder}:\n${text.slice(-3000)}`);
    return found;
  };
  const launch = async () => {
    const upBefore = count(text, 'Orchestrator is up.');
    launcher = spawn(process.execPath, [MAIN, '--data-dir', folder, '--port', port], {
      cwd: folder,
      env: {
        ...more.env,
        PATH: `${dirname(temporalBinary)}:${process.env.PATH}`,
        HOME: process.env.HOME,
        TEMPORAL_PORT: '0',
        TEMPORAL_UI_PORT: '0',
        ORCHESTRATOR_HEARTBEAT_SECONDS: HEARTBEAT_SECONDS,
        ORCHESTRATOR_CONFIG: join(folder, 'orchestrator.yaml'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [launcher.stdout!, launcher.stderr!]) output.on('data', (chunk) => (text += chunk));
    const isUp = () => count(text, 'Orchestrator is up.') > upBefore;
    await until(() => isUp() || launcher.exitCode !== null, { timeoutMs: 120_000, what: 'the launcher' });
    if (!isUp()) throw new Error(`the launcher did not start:\n${text.slice(-3000)}`);
    port = new URL(addresses().api_url).port;
  };

  await launch();
  return {
    folder,
    url: () => `http://127.0.0.1:${port}`,
    output: () => text,
    pid: (victim) => addresses().pids[victim]!,
    async kill(victim) {
      const isAlive = async () => {
        const pid = addresses().pids[victim];
        return pid !== undefined && (await startedAt(pid)) !== undefined && pid;
      };
      const pid = await until(isAlive, { timeoutMs: 60_000, what: `${victim} to be running` });
      killed = { victim, pid };
      process.kill(pid, 'SIGKILL');
      if (victim === 'launcher') await once(launcher, 'exit');
      if (victim === 'launcher') await launch();
    },
    async isBack() {
      const { victim, pid } = killed!;
      const isNew = async () =>
        addresses().pids[victim] !== pid && (await startedAt(addresses().pids[victim]!));
      await until(isNew, { timeoutMs: 60_000, what: `${victim} to run again` });
    },
    async stop() {
      launcher.kill('SIGTERM');
      if (launcher.exitCode === null && launcher.signalCode === null) await once(launcher, 'exit');
      return launcher.exitCode;
    },
    async cleanUp() {
      launcher.kill('SIGKILL');
      const pids: (number | undefined)[] = Object.values(readAddresses(dataDir(folder))?.pids ?? {});
      const isOurs = (command: string) => command.includes(folder) || /(worker|api)\/main\.ts/.test(command);
      for (const { pid, command } of await listProcesses())
        if (command.includes(folder) || (pids.includes(pid) && isOurs(command)))
          signalProcess(pid, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Where the tasks of a job work. */
export const folderOf = (system: System, job_id: string): string => join(dataDir(system.folder).work, job_id);

/** The lines that the commands of a job have written into its folder. */
export function linesOf(system: System, job_id: string, file: string): string[] {
  try {
    return readFileSync(join(folderOf(system, job_id), file), 'utf8')
      .split('\n')
      .filter(Boolean);
  } catch {
    return [];
  }
}

/** Every run of a job's workflow and of its tasks'. */
export async function historiesOf({ folder }: System, job_id: string): Promise<RecordedRun[]> {
  const { temporal_address, namespace } = readAddresses(dataDir(folder))!;
  const connection = await Connection.connect({ address: temporal_address });
  try {
    return await collectRuns(new Client({ connection, namespace }), [jobWorkflowId(job_id)]);
  } finally {
    await connection.close();
  }
}

const count = (text: string, part: string): number => text.split(part).length - 1;
