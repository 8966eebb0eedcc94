import { parseArgs } from 'node:util';
import { type Env, envIsSet, envPort, envString } from '../config/env.ts';
import { type TemporalTarget, temporalTarget } from '../config/temporal-connection.ts';
import { LaunchError, messageOf } from './launch-error.ts';

/** What `npm start` was asked for. */
export interface LaunchSettings {
  host: string;
  port: number;
  dataDir: string;
  temporalPort: number;
  temporalUiPort: number;
  namespace: string;
  /** The server to use instead of an own one. */
  existing?: TemporalTarget;
}

/** Text of `--help`. */
export const USAGE = `Starts Temporal, the worker and the API on this machine, and keeps them running.

Usage: npm start -- [options]

  --port <port>       port of the API (PORT, 8080)
  --host <address>    address the API binds to (HOST, 127.0.0.1); beyond loopback it needs API keys
  --data-dir <path>   data folder (ORCHESTRATOR_DATA_DIR, .orchestrator)
  --help              this text

TEMPORAL_PORT (7233) places the Temporal server, TEMPORAL_UI_PORT (8233) its Web UI. A port that is in use moves to
the next free one. TEMPORAL_ADDRESS uses a running Temporal server or Temporal Cloud instead.`;

/** Arguments win over the environment. `help` when help was asked for; throws {@link LaunchError} or EnvError. */
export function readSettings(args: string[], env: Env): LaunchSettings | 'help' {
  const given = parse(args);
  if (given.help) return 'help';
  const all: Env = {
    ...env,
    ...(given.port === undefined ? {} : { PORT: given.port }),
    ...(given.host === undefined ? {} : { HOST: given.host }),
    ...(given['data-dir'] === undefined ? {} : { ORCHESTRATOR_DATA_DIR: given['data-dir'] }),
  };
  return {
    host: envString('HOST', all),
    port: envPort('PORT', all),
    dataDir: envString('ORCHESTRATOR_DATA_DIR', all),
    temporalPort: envPort('TEMPORAL_PORT', all),
    temporalUiPort: envPort('TEMPORAL_UI_PORT', all),
    namespace: envString('TEMPORAL_NAMESPACE', all),
    ...(envIsSet('TEMPORAL_ADDRESS', all) ? { existing: temporalTarget(all) } : {}),
  };
}

function parse(args: string[]) {
  try {
    const options = {
      port: { type: 'string' },
      host: { type: 'string' },
      'data-dir': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}
