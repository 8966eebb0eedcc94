import { setTimeout as sleep } from 'node:timers/promises';
import { createDataDir, type DataDir } from '../config/data-dir.ts';
import type { Env } from '../config/env.ts';
import { closeToOthers } from '../config/private.ts';
import { type Addresses, addressesText } from './addresses.ts';
import { startChild } from './child.ts';
import { LaunchError, messageOf } from './launch-error.ts';
import { childRecorder, endLeftovers } from './leftovers.ts';
import { CONFIG_ERROR_EXIT } from './lifeline.ts';
import { lockDataDir } from './lock.ts';
import type { LaunchSettings } from './options.ts';
import { choosePort } from './ports.ts';
import { stateFile } from './state-file.ts';
import { type Supervised, supervise } from './supervise.ts';
import { TEMPORAL_IP } from './temporal/process.ts';
import { type LaunchContext, provideTemporal, type TemporalInUse } from './temporal/temporal.ts';

export interface LaunchOptions {
  settings: LaunchSettings;
  /** The entry points of the two halves. */
  scripts: { worker: string; api: string };
  env: Env;
  say: (line: string) => void;
}

/** A one-machine mode that is starting or running. */
export interface Launch {
  /** Settles when everything answers; rejects with a {@link LaunchError} when it can't, all ended again. */
  readonly up: Promise<Addresses>;
  /** Ends all in order: API, worker, Temporal. Also ends a start that is not through. */
  stop(): Promise<void>;
  /** Kills what runs; Temporal's file survives that. */
  kill(): void;
}

/** Seconds for worker and API to say that they run. */
const START_SECONDS = 90;
/** So many ends in a row before a half runs, and starting is given up. */
const MAX_FAILURES = 3;

/** The worker or the API. */
interface Half extends Supervised {
  /** Whether it has run. */
  hasRun(): boolean;
}

/** Starts Temporal, worker and API on the data folder, and keeps them running. */
export function launch(options: LaunchOptions): Launch {
  const giveUp = new AbortController();
  const parts: Parameters<LaunchContext['onEnd']>[0][] = [];
  const endAll = async () => {
    for (let part = parts.pop(); part; part = parts.pop()) await part.stop();
  };
  const up = bringUp(options, giveUp.signal, (part) => parts.push(part)).catch(async (error: unknown) => {
    await endAll();
    throw giveUp.signal.aborted ? new LaunchError('stopped before everything was up') : error;
  });
  return {
    up,
    stop: async () => {
      giveUp.abort();
      await up.catch(() => {});
      await endAll();
    },
    kill: () => {
      giveUp.abort();
      for (const part of parts) part.kill?.();
    },
  };
}

async function bringUp(
  options: LaunchOptions,
  signal: AbortSignal,
  onEnd: LaunchContext['onEnd'],
): Promise<Addresses> {
  const { settings, env, say } = options;
  const dir = openDataDir(settings.dataDir, env);
  const closed = closeToOthers(dir);
  if (closed) say(closed);
  const lock = lockDataDir(dir);
  onEnd({ stop: () => lock.release() });
  await endLeftovers(dir, say);

  const pids: Partial<Addresses['pids']> = {};
  const recordChild = childRecorder(dir, say);
  let afterStart = () => {};
  const onStart: LaunchContext['onStart'] = (name, pid) => {
    pids[name] = pid;
    if (name !== 'temporal') void recordChild(name, pid);
    afterStart();
  };
  const context: LaunchContext = { settings, dir, env, say, signal, onStart, onEnd };
  const temporal = await provideTemporal(context);
  signal.throwIfAborted();

  const { port, moved } = await choosePort(
    settings.port,
    settings.host,
    temporal.ui ? [temporal.ui.port] : [],
  );
  if (moved) say(`port ${settings.port} is taken; the API moves to ${port}`);
  const apiUrl = `http://${reachable(settings.host)}:${port}`;
  const worker = await startHalf('worker', options, childEnv(context, temporal, port), context);
  const apiEnv = { ...childEnv(context, temporal, port), ...uiEnv(temporal) };
  const api = await startHalf('api', options, apiEnv, context);
  await waitUntilRunning([worker, api], signal);

  const addresses = (): Addresses => ({
    api_url: apiUrl,
    temporal_address: temporal.address,
    temporal_ui_url: temporal.uiUrl,
    namespace: temporal.namespace,
    data_dir: dir.root,
    pids: { launcher: process.pid, worker: worker.pid(), api: api.pid(), temporal: pids.temporal },
  });
  const file = stateFile(dir.addresses, say);
  afterStart = () => file.write(addressesText(addresses()));
  afterStart();
  onEnd({
    stop: () => {
      afterStart = () => {};
      file.remove();
    },
  });
  return addresses();
}

function openDataDir(path: string, env: Env): DataDir {
  try {
    return createDataDir(path, env);
  } catch (error) {
    throw new LaunchError(
      `The data folder can't be used: ${messageOf(error)}. Use another one with --data-dir.`,
    );
  }
}

async function startHalf(
  name: 'worker' | 'api',
  options: LaunchOptions,
  env: Env,
  context: LaunchContext,
): Promise<Half> {
  let ran = false;
  const half = await supervise({
    name: name === 'api' ? 'the API' : 'the worker',
    start: () => startChild(options.scripts[name], env, () => (ran = true)),
    say: options.say,
    onStart: (pid) => context.onStart(name, pid),
  });
  context.onEnd(half);
  return { ...half, hasRun: () => ran };
}

function childEnv({ settings, dir, env }: LaunchContext, temporal: TemporalInUse, port: number): Env {
  // Our own server speaks neither TLS nor asks for a key, whatever is set for another one.
  const plain = Object.entries(env).filter(([name]) => !/^TEMPORAL_(API_KEY|TLS.*)$/.test(name));
  return {
    ...(temporal.server ? Object.fromEntries(plain) : env),
    HOST: settings.host,
    PORT: String(port),
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    ...(temporal.uiUrl ? { TEMPORAL_UI_URL: temporal.uiUrl } : {}),
    ORCHESTRATOR_DATA_DIR: dir.root,
  };
}

/** What the API needs to serve the Web UI of our server. */
function uiEnv({ ui }: TemporalInUse): Env {
  if (!ui) return {};
  return {
    TEMPORAL_UI_UPSTREAM: ui.upstream,
    TEMPORAL_UI_HOST: TEMPORAL_IP,
    TEMPORAL_UI_PORT: String(ui.port),
  };
}

async function waitUntilRunning(halves: Half[], signal: AbortSignal): Promise<void> {
  const end = Date.now() + START_SECONDS * 1000;
  while (!halves.every((half) => half.hasRun())) {
    signal.throwIfAborted();
    for (const half of halves) {
      const { count, last } = half.failures();
      if (last && (count >= MAX_FAILURES || last.exitCode === CONFIG_ERROR_EXIT))
        throw new LaunchError(`${half.name} does not start (${last.how}); see its output above`);
    }
    if (Date.now() > end) throw new LaunchError(`worker and API do not start within ${START_SECONDS} s`);
    await sleep(50, undefined, { signal }).catch(() => {});
  }
}

/** An address a client on this machine can use for what the API binds to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
