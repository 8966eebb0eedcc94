import { randomUUID } from 'node:crypto';
import type { TestWorker } from './worker.ts';

export type Place = 'first' | 'middle' | 'last';

/**
 * What Reset in the Temporal Web UI does, to a workflow task of the latest run.
 * @param place the first, a middle or the last one, or a share of them, from 0 to 1
 */
export async function reset(
  worker: Pick<TestWorker, 'client' | 'connection' | 'namespace'>,
  workflowId: string,
  place: Place | number,
): Promise<void> {
  const handle = worker.client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const { events } = await worker.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const share = typeof place === 'number' ? place : { first: 0, middle: 0.5, last: 1 }[place];
  const index = Math.min(tasks.length - 1, Math.floor(tasks.length * share));
  await worker.connection.workflowService.resetWorkflowExecution({
    namespace: worker.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId: tasks[index]!.eventId!,
    requestId: randomUUID(),
  });
}

export const PLACES: Place[] = ['first', 'middle', 'last'];
