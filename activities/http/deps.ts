import type { LookupFunction } from 'node:net';
import type { Config, RosterAgent } from '../../contracts/config.ts';
import type { Mask } from '../../core/text/mask.ts';
import type { Store } from '../../store/index.ts';

/** What calls of agents over HTTP work with. */
export interface HttpAgentDeps {
  store: Pick<
    Store,
    'createCallback' | 'markCallbackUsed' | 'readOutput' | 'artifactOf' | 'toOutput' | 'addWaiting'
  >;
  /** where agents may be, see `tools.allow_private_hosts` */
  config: Pick<Config, 'tools'>;
  /** resolves the names of agents; the system's by default */
  lookup?: LookupFunction;
  roster: readonly RosterAgent[];
  /** base URL of the API as agents reach it, without a slash at its end */
  public_url: string;
  /** value of a `${secret:NAME}`, undefined where there is none */
  secret(name: string): string | undefined;
  /** keeps secrets out of answers */
  mask: Mask;
  /** this process: `<host>:<pid>` */
  worker: string;
}
