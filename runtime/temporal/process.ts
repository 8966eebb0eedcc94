import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { DataDir } from '../../config/data-dir.ts';
import { listProcesses, signalProcess, startedAt } from '../processes.ts';
import { type Ending, type Running, stopGently, waitForEnd } from '../running.ts';
import { CLOSED_HTTP_API, temporalServerArgs } from './args.ts';
import { waitForTemporal } from './health.ts';

/** Where our Temporal server listens. */
export interface TemporalPlace {
  ip: string;
  port: number;
  /** The Web UI as the server itself serves it, to anybody: no web page may find it. */
  ui: { ip: string; port: number };
  namespace: string;
}

/** Loopback only: the server asks for no credentials. */
export const TEMPORAL_IP = '127.0.0.1';

const GRACE_SECONDS = 10;
const ANSWER_SECONDS = 10;

/** Starts the server on the data folder. It outlives the launcher, so that running jobs do not lose it. */
export function startTemporal(binary: string, dir: DataDir, place: TemporalPlace): Running {
  const log = openLog(dir.temporalLog);
  const args = temporalServerArgs({ dbFile: dir.temporalDb, ...place });
  const { PATH, HOME, TMPDIR, TZ } = process.env; // it needs none of our keys
  const env = { PATH, HOME, TMPDIR, TZ };
  const child = spawn(binary, args, { stdio: ['ignore', log, log], detached: true, env });
  if (log !== 'ignore') closeSync(log);
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => resolve({ how: error.message }));
    child.once('exit', (code, signal) => resolve({ how: signal ?? `exit code ${code}` }));
  });
  return toRunning(child.pid ?? 0, ended);
}

/** A server without a log is better than none. */
function openLog(path: string): number | 'ignore' {
  try {
    return openSync(path, 'a');
  } catch {
    return 'ignore';
  }
}

/**
 * Finds the server that an earlier launcher started on this data folder and left behind, and gives it when it
 * answers. One that does not answer is ended, since two servers would write the same file; so is one that an earlier
 * version started open to web pages.
 */
export async function adoptTemporal(
  dir: DataDir,
  namespace: string,
  say: (line: string) => void,
): Promise<{ running: Running; place: TemporalPlace } | undefined> {
  let adopted: { running: Running; place: TemporalPlace } | undefined;
  for (const { pid, place } of await findServers(dir, namespace)) {
    const running = toRunning(pid, endOf(pid));
    if (!place)
      say(
        `restarting the Temporal server of an earlier version (pid ${pid}): it accepts commands from web pages`,
      );
    if (place && !adopted && (await answers(place))) adopted = { running, place };
    else await running.stop();
  }
  return adopted;
}

const answers = async ({ ip, port, namespace }: TemporalPlace): Promise<boolean> =>
  (await waitForTemporal({ address: `${ip}:${port}`, namespace }, ANSWER_SECONDS)) === undefined;

/**
 * The command line names the database file, so a stranger that got an old pid is never taken for ours. It tells too
 * where the server listens; no place: it is open to web pages.
 */
async function findServers(
  dir: DataDir,
  namespace: string,
): Promise<{ pid: number; place?: TemporalPlace }[]> {
  const mark = ` server start-dev --db-filename ${dir.temporalDb} --ip `;
  const ours = (await listProcesses()).filter(({ command }) => command.includes(mark));
  return ours.map(({ pid, command }) => {
    const found = / --port (\d+) --ui-ip (\S+) --ui-port (\d+) /.exec(command);
    if (!found || !command.includes(CLOSED_HTTP_API)) return { pid };
    const ui = { ip: found[2]!, port: Number(found[3]) };
    return { pid, place: { ip: TEMPORAL_IP, port: Number(found[1]), ui, namespace } };
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
