import { randomUUID } from 'node:crypto';
import type { TestWorker } from './worker.ts';

export type Place = 'first' | 'middle' | 'last';

/** What Reset in the Temporal Web UI does: to the first, a middle or the last workflow task of the latest run. */
export async function reset(
  worker: Pick<TestWorker, 'client' | 'connection' | 'namespace'>,
  workflowId: string,
  place: Place,
): Promise<void> {
  const handle = worker.client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const { events } = await worker.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const index = { first: 0, middle: Math.floor(tasks.length / 2), last: tasks.length - 1 }[place];
  await worker.connection.workflowService.resetWorkflowExecution({
    namespace: worker.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId: tasks[index]!.eventId!,
    requestId: randomUUID(),
  });
}

export const PLACES: Place[] = ['first', 'middle', 'last'];
