import type { Config, RosterAgent } from '../contracts/config.ts';
import type { Note } from '../contracts/event.ts';
import type { PriceTable } from '../core/money/prices.ts';
import type { Mask } from '../core/text/mask.ts';
import type { Providers } from '../providers/registry.ts';
import type { Store } from '../store/index.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { RateLimiter } from './model/rate-limit.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { TemporalPort } from './temporal-port.ts';
import type { ToolRegistry } from './tools/registry.ts';

/** Everything that activities work with. */
export interface ActivityDeps {
  store: Store;
  config: Config;
  roster: readonly RosterAgent[];
  providers: Providers;
  /** prices of models that the config does not give */
  price_table: PriceTable;
  temporal: TemporalPort;
  /** how much of each model may be asked for */
  limiter: RateLimiter;
  /** tools of agents */
  tools: ToolRegistry;
  /** passes a live note on; never throws, may lose it */
  publish(note: Note): void;
  /** value of a `${secret:NAME}`, undefined where there is none */
  secret(name: string): string | undefined;
  /** what guards programs on this host */
  sandbox: Sandbox;
  /** keeps secrets out of all that comes from outside */
  mask: Mask;
  /** this host, whose folders commands work in */
  host_id: string;
  /** folder of the jobs' folders */
  work_dir: string;
  /** folder of the mirrors of repositories */
  mirrors_dir: string;
  /** the variables that the config may name: tokens of hosts of repositories */
  environment: Readonly<Record<string, string | undefined>>;
  /** base URL of the API as HTTP agents reach it, without a slash at its end */
  public_url: string;
  /** this process: `<host>:<pid>` */
  worker: string;
  /** left out: tracing is off */
  tracing?: Tracing | undefined;
}
