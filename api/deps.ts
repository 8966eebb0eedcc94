import type { LoadedConfig } from '../config/load.ts';
import type { Providers } from '../providers/registry.ts';
import type { Notes, Store } from '../store/index.ts';
import type { Log } from '../telemetry/log/log.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { RequestLimit } from './access/request-limit.ts';
import type { Gateway } from './gateway/index.ts';

/** What the API is made of. */
export interface ApiDeps {
  gateway: Gateway;
  store: Store;
  notes: Notes;
  config: LoadedConfig;
  providers: Providers;
  log: Log;
  /** folder of the jobs' folders on this host, where logs of commands are */
  work_dir: string;
  /** base of links to the jobs in the Temporal Web UI, or null where nobody knows one */
  ui_url: string | null;
  /** whether the service is reached from this machine only: then foreign Host and Origin headers are refused */
  loopback: boolean;
  requests: RequestLimit;
  /** how often the key of an open stream is looked at, in milliseconds; left out: with every heartbeat */
  key_check_ms?: number | undefined;
  /** left out: tracing is off */
  tracing?: Tracing | undefined;
  /** aborted when the process ends: streams end with it */
  stopping: AbortSignal;
}
