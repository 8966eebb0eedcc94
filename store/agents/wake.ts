import type { WaitingTask } from '../../contracts/registry.ts';
import type { Candidate } from '../../core/agents/match.ts';
import { tasksToRetry } from '../../core/agents/waking.ts';
import type { Store } from '../index.ts';

/**
 * Tells the jobs of tasks that wait for an agent that there may be one now: those that `agents` could take.
 * @param tell sends a job word of its tasks; one that has ended needs none
 * @returns how many tasks were told of
 */
export async function wakeWaiting(
  store: Pick<Store, 'listWaiting' | 'claimWaiting'>,
  owner: string,
  agents: readonly Candidate[],
  tell: (job_id: string, task_ids: string[]) => Promise<void>,
): Promise<number> {
  const chosen: WaitingTask[] = [];
  for (const task of tasksToRetry(await store.listWaiting(owner), agents)) {
    if (await store.claimWaiting(task)) chosen.push(task);
  }
  for (const [job_id, tasks] of Map.groupBy(chosen, (task) => task.job_id)) {
    await tell(
      job_id,
      tasks.map(({ task_id }) => task_id),
    );
  }
  return chosen.length;
}
