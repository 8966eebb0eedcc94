import type { Config, RosterAgent } from '../../contracts/config.ts';
import type { Note } from '../../contracts/event.ts';
import type { PriceTable } from '../../core/money/prices.ts';
import type { Mask } from '../../core/text/mask.ts';
import type { Providers } from '../../providers/registry.ts';
import type { Store } from '../../store/index.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { ToolRegistry } from '../tools/registry.ts';
import type { RateLimiter } from './rate-limit.ts';

/** What the activities of model calls work with. */
export interface ModelDeps {
  store: Pick<
    Store,
    | 'beginCall'
    | 'settleCall'
    | 'releaseCall'
    | 'estimateCall'
    | 'addCounts'
    | 'putContent'
    | 'getContent'
    | 'toOutput'
    | 'readOutput'
    | 'artifactOf'
    | 'closeLease'
    | 'readLedger'
    | 'readSetting'
  >;
  providers: Providers;
  config: Config;
  roster: readonly RosterAgent[];
  tools: Pick<ToolRegistry, 'offered' | 'check'>;
  limiter: RateLimiter;
  /** prices of models that the config does not give */
  price_table: PriceTable;
  /** passes a live note on; never throws, may lose it */
  publish(note: Note): void;
  /** the worker's own: what coding assistants are found and let in by */
  environment: Readonly<Record<string, string | undefined>>;
  /** keeps secrets out of what models say */
  mask: Mask;
  /** this process: `<host>:<pid>` */
  worker: string;
  /** left out: tracing is off */
  tracing?: Tracing | undefined;
}
