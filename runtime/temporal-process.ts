import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { DataDir } from '../config/data-dir.ts';
import { listProcesses, signalProcess, startedAt } from './processes.ts';
import { type Ending, type Running, stopGently, waitForEnd } from './running.ts';
import { temporalServerArgs } from './temporal-args.ts';
import { waitForTemporal } from './temporal-health.ts';

/** Where our Temporal server listens. */
export interface TemporalPlace {
  ip: string;
  port: number;
  uiPort: number;
  namespace: string;
}

/** Loopback only: the server asks for no credentials. */
export const TEMPORAL_IP = '127.0.0.1';

const GRACE_SECONDS = 10;
const ANSWER_SECONDS = 10;

/** Starts the server on the data folder. It outlives the launcher, so that running jobs do not lose it. */
export function startTemporal(binary: string, dir: DataDir, place: TemporalPlace): Running {
  const log = openSync(dir.temporalLog, 'a');
  const args = temporalServerArgs({ dbFile: dir.temporalDb, ...place });
  const { PATH, HOME, TMPDIR, TZ } = process.env; // it needs none of our keys
  const env = { PATH, HOME, TMPDIR, TZ };
  const child = spawn(binary, args, { stdio: ['ignore', log, log], detached: true, env });
  closeSync(log);
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => resolve({ how: error.message }));
    child.once('exit', (code, signal) => resolve({ how: signal ?? `exit code ${code}` }));
  });
  return toRunning(child.pid ?? 0, ended);
}

/**
 * Finds the server that an earlier launcher started on this data folder and left behind, and gives it when it
 * answers. One that does not answer is ended, since two servers would write the same file.
 */
export async function adoptTemporal(
  dir: DataDir,
  namespace: string,
): Promise<{ running: Running; place: TemporalPlace } | undefined> {
  let adopted: { running: Running; place: TemporalPlace } | undefined;
  for (const { pid, port, uiPort } of await findServers(dir)) {
    const running = toRunning(pid, endOf(pid));
    const place = { ip: TEMPORAL_IP, port, uiPort, namespace };
    const address = `${TEMPORAL_IP}:${port}`;
    const trouble = adopted ?? (await waitForTemporal({ address, namespace }, ANSWER_SECONDS));
    if (trouble) await running.stop();
    else adopted = { running, place };
  }
  return adopted;
}

/** The command line names the database file, so a stranger that got an old pid is never taken for ours. */
async function findServers(dir: DataDir): Promise<{ pid: number; port: number; uiPort: number }[]> {
  const mark = ` server start-dev --db-filename ${dir.temporalDb} --ip `;
  const ours = (await listProcesses()).filter(({ command }) => command.includes(mark));
  return ours.flatMap(({ pid, command }) => {
    const found = / --port (\d+) --ui-port (\d+) /.exec(command);
    return found ? [{ pid, port: Number(found[1]), uiPort: Number(found[2]) }] : [];
  });
}

async function endOf(pid: number): Promise<Ending> {
  await waitForEnd(pid, await startedAt(pid));
  return { how: 'it is gone' };
}

function toRunning(pid: number, ended: Promise<Ending>): Running {
  return {
    pid,
    ended,
    stop: () => stopGently({ pid, killPid: pid }, ended, GRACE_SECONDS),
    kill: () => void signalProcess(pid, 'SIGKILL'),
  };
}
