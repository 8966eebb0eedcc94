import type { DataDir } from '../../config/data-dir.ts';
import { type Env, envIsSet, envText } from '../../config/env.ts';
import { findTemporal, type TemporalBinary } from '../../toolchain/temporal.ts';
import { LaunchError } from '../launch-error.ts';
import type { LaunchSettings } from '../options.ts';
import { choosePort, hiddenPlace } from '../ports.ts';
import { type Supervised, supervise } from '../supervise.ts';
import { waitForTemporal } from './health.ts';
import { adoptTemporal, startTemporal, TEMPORAL_IP, type TemporalPlace } from './process.ts';
import { watchTemporal } from './watch.ts';

/** The Temporal server that is used; `server` only when it is ours. */
export interface TemporalInUse {
  address: string;
  namespace: string;
  /** Where people find the Web UI. */
  uiUrl: string | null;
  server?: Supervised;
  /** Of our server: its Web UI, which the API serves to people after its checks, on this port. */
  ui?: { upstream: string; port: number };
}

/** What every step of a launch gets. */
export interface LaunchContext {
  settings: LaunchSettings;
  dir: DataDir;
  env: Env;
  say: (line: string) => void;
  /** Aborted when the launch is given up. */
  signal: AbortSignal;
  /** Called with the pid of every process that is started. */
  onStart: (name: 'temporal' | 'worker' | 'api', pid: number) => void;
  /** What must be ended when the launch ends, in reverse order. */
  onEnd: (part: { stop: () => void | Promise<void>; kill?: () => void }) => void;
}

/** Seconds for the first answer; a database with much history takes a while to open. */
const START_SECONDS = 60;
const EXISTING_SECONDS = 30;

/** Uses the existing cluster, adopts our server of an earlier start, or starts one. Throws {@link LaunchError}. */
export async function provideTemporal(context: LaunchContext): Promise<TemporalInUse> {
  return context.settings.existing ? useExisting(context) : provideServer(context);
}

async function useExisting({ settings, env, say, signal }: LaunchContext): Promise<TemporalInUse> {
  const target = settings.existing!;
  say(`using the Temporal server at ${target.address}, namespace ${target.namespace} (TEMPORAL_ADDRESS)`);
  const trouble = await waitForTemporal(target, EXISTING_SECONDS, () => !signal.aborted);
  if (trouble) {
    throw new LaunchError(
      `Temporal at ${target.address} does not serve namespace ${target.namespace}: ${trouble}. Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS*.`,
    );
  }
  const served = envIsSet('TEMPORAL_UI_UPSTREAM', env)
    ? `http://${TEMPORAL_IP}:${settings.temporalUiPort}`
    : null;
  return { ...target, uiUrl: envText('TEMPORAL_UI_URL', env) ?? served };
}

async function provideServer(context: LaunchContext): Promise<TemporalInUse> {
  const { settings, dir, env, say, signal } = context;
  const adopted = await adoptTemporal(dir, settings.namespace, say);
  let binary: Promise<TemporalBinary> | undefined;
  const findOnce = () => {
    binary ??= findTemporal({ onProgress: say, env, signal });
    return binary;
  };
  if (!adopted) await findOnce(); // an adopted one needs it only when it dies
  signal.throwIfAborted();
  const place = adopted?.place ?? (await choosePlace(settings, say));
  const target = { address: `${place.ip}:${place.port}`, namespace: place.namespace };
  if (adopted) say(`reusing the Temporal server of the last start (pid ${adopted.running.pid})`);

  let starts = 0;
  const server = await supervise({
    name: 'Temporal',
    first: adopted?.running,
    start: async () => {
      starts++;
      return startTemporal((await findOnce()).path, dir, place);
    },
    say,
    onStart: (pid) => context.onStart('temporal', pid),
  });
  context.onEnd(server);
  const trouble = await waitForTemporal(
    target,
    START_SECONDS,
    () => !signal.aborted && server.failures().count < 3,
  );
  signal.throwIfAborted();
  if (trouble) {
    throw new LaunchError(
      `The Temporal server does not start (${server.failures().last?.how ?? trouble}). See ${dir.temporalLog}.`,
    );
  }
  context.onEnd({ stop: watchTemporal({ target, dir, server, say }) });
  if (starts > 0) say(`Temporal answers on ${target.address}`);
  const ui = await choosePort(settings.temporalUiPort, TEMPORAL_IP, [place.port]);
  if (ui.moved) say(`port ${settings.temporalUiPort} is taken; the Temporal Web UI moves to ${ui.port}`);
  return {
    ...target,
    uiUrl: `http://${TEMPORAL_IP}:${ui.port}`,
    server,
    ui: { upstream: `http://${place.ui.ip}:${place.ui.port}`, port: ui.port },
  };
}

async function choosePlace(settings: LaunchSettings, say: (line: string) => void): Promise<TemporalPlace> {
  const grpc = await choosePort(settings.temporalPort, TEMPORAL_IP);
  if (grpc.moved) say(`port ${settings.temporalPort} is taken; Temporal moves to ${grpc.port}`);
  return { ip: TEMPORAL_IP, port: grpc.port, ui: await hiddenPlace(), namespace: settings.namespace };
}
