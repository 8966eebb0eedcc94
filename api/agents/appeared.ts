import { summaryOf } from '../../core/agents/registered.ts';
import { wakeWaiting } from '../../store/agents/wake.ts';
import type { ApiDeps } from '../deps.ts';
import { isWorkflowGone } from '../gateway/index.ts';

/**
 * An agent of the owner takes tasks that did not a moment ago: jobs whose tasks wait for one like it hear of it. When
 * they can't be told now, the sweep does so later.
 */
export async function agentAppeared(deps: ApiDeps, owner: string): Promise<void> {
  const { store, gateway, log } = deps;
  const agents = (await store.listAgents(owner)).map(summaryOf);
  await wakeWaiting(store, owner, agents, async (job_id, task_ids) => {
    try {
      await gateway.signalAgentAppeared(job_id, task_ids);
    } catch (error) {
      if (!isWorkflowGone(error)) log.warn({ job_id, err: error }, 'the job was not told of an agent yet');
    }
  });
}
