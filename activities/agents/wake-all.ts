import type { WaitingTask } from '../../contracts/registry.ts';
import { type Candidate, meantBy } from '../../core/agents/match.ts';
import { summaryOf } from '../../core/agents/registered.ts';
import { wakeWaiting } from '../../store/agents/wake.ts';
import type { ActivityDeps } from '../deps.ts';
import { isReachable } from '../http/reachable.ts';
import { tellJob } from './registered-agents.ts';

/**
 * Tells the jobs of all waiting tasks of agents that may take them: registered ones whose news was lost on the way,
 * and those of the roster, which tell nobody that they are back. Gives how many tasks were told of.
 */
export async function wakeAll(deps: ActivityDeps): Promise<number> {
  const { store } = deps;
  let woken = 0;
  for (const owner of await store.waitingOwners()) {
    const registered = (await store.listAgents(owner)).map(summaryOf);
    const roster = await reachableAgents(deps, await store.listWaiting(owner));
    const tell = (job_id: string, task_ids: string[]) => tellJob(deps, job_id, task_ids);
    woken += await wakeWaiting(store, owner, [...roster, ...registered], tell);
  }
  return woken;
}

/** The roster without the agents over HTTP that nobody waits for, or that take no connections. */
async function reachableAgents(
  { roster, config }: ActivityDeps,
  waiting: WaitingTask[],
): Promise<Candidate[]> {
  const meant = new Set(waiting.flatMap((task) => meantBy({ ...task, command: null }, roster)));
  const there = await Promise.all(
    roster.map(
      async (agent) => !agent.http || (meant.has(agent) && (await isReachable(config, agent.http.base_url))),
    ),
  );
  return roster.filter((_, index) => there[index]);
}
