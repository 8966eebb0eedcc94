import { snapshotOf } from '../../config/roster/snapshot.ts';
import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { ApiDeps } from '../deps.ts';

/** The roster and rules of now, with the agents that the owner registered: what is sent in is checked by it. */
export async function currentSnapshot({ config, store }: ApiDeps, owner: string): Promise<RosterSnapshot> {
  return snapshotOf(config.config, config.roster, null, await store.listAgents(owner));
}
