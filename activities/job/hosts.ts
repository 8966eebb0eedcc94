import { hostQueue } from '../../contracts/names.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Activities } from '../types.ts';

/** Which host has a job's folder, and whether workers and tasks are still there. */
export function createHostActivities({
  host_id,
  sandbox,
  temporal,
}: ActivityDeps): Pick<Activities, 'claimHost' | 'isHostAlive' | 'isQueueAlive' | 'describeTasks'> {
  return {
    claimHost: async () => ({ host_id, sandbox: sandbox.kind }),
    isHostAlive: (input) => temporal.hasPollers(hostQueue(input.host_id), input.within_seconds),
    isQueueAlive: (input) => temporal.hasPollers(input.task_queue, input.within_seconds),
    async describeTasks({ workflow_ids }) {
      const found = await Promise.all(
        workflow_ids.map(async (id) => [id, (await temporal.isRunning(id)) ? 'running' : 'closed'] as const),
      );
      return Object.fromEntries(found);
    },
  };
}
