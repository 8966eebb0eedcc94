import { dataDir } from '../config/data-dir.ts';
import { EnvError } from '../config/env.ts';
import { keepPrivate } from '../config/private.ts';
import { NoTemporalError } from '../toolchain/temporal.ts';
import type { Addresses } from './addresses.ts';
import { takeKeys } from './keys.ts';
import { type Launch, type LaunchOptions, launch } from './launch.ts';
import { LaunchError } from './launch-error.ts';
import { readSettings, USAGE } from './options.ts';
import { printTo } from './print.ts';
import { survive } from './survival.ts';

/**
 * The launcher as a program: reads arguments and environment, starts everything, ends on a signal. Exits with 1
 * and a message when it can't; the scripts are the entry points of worker and API.
 */
export async function runLauncher(scripts: LaunchOptions['scripts']): Promise<void> {
  keepPrivate();
  try {
    await main(scripts);
  } catch (error) {
    const expected = [LaunchError, EnvError, NoTemporalError].some((kind) => error instanceof kind);
    console.error(expected && error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** npm passes Ctrl-C on to a process that the terminal has told already. */
const SAME_SIGNAL_MS = 1000;

async function main(scripts: LaunchOptions['scripts']): Promise<void> {
  const shown = takeKeys();
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings === 'help') {
    console.log(USAGE);
    return;
  }
  const dir = dataDir(settings.dataDir);
  const say = printTo(dir.log);
  survive({ mayEnd: false, tell: say });
  if (shown.length > 0) say(keysAreShown(shown));
  const launched = launch({ settings, scripts, env: process.env, say });
  const stop = stopOnSignals(launched, say);
  const addresses = await launched.up.catch((error: unknown) => {
    if (stop.asked()) return undefined; // the handler of the signal ends this process
    throw error;
  });
  if (addresses) tellWhere(addresses, dir.logs);
}

/** What to say of processes that show keys to every program of the same user. */
const keysAreShown = (pids: number[]): string =>
  `keys of the service can be read in /proc/${pids.join('/environ, /proc/')}/environ; docs/deployment.md says how to start without that`;

function stopOnSignals(launched: Launch, say: (line: string) => void): { asked: () => boolean } {
  let askedAt: number | undefined;
  const onSignal = () => {
    if (askedAt !== undefined) {
      if (Date.now() - askedAt < SAME_SIGNAL_MS) return;
      launched.kill();
      process.exit(130);
    }
    askedAt = Date.now();
    say('stopping; press Ctrl-C again to kill');
    launched.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return { asked: () => askedAt !== undefined };
}

function tellWhere(addresses: Addresses, logs: string): void {
  console.log(
    [
      '',
      'Orchestrator is up.',
      `  API              ${addresses.api_url}`,
      `  Temporal         ${addresses.temporal_address}, namespace ${addresses.namespace}`,
      `  Temporal Web UI  ${addresses.temporal_ui_url ?? 'not known; set TEMPORAL_UI_URL'}`,
      `  data             ${addresses.data_dir}`,
      `  logs             ${logs}`,
      'Ctrl-C stops everything; running jobs continue at the next start.',
      '',
    ].join('\n'),
  );
}
