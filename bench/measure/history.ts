import type { Client } from '@temporalio/client';

/** What Temporal keeps of a plan for each of its tasks, parent and children together. */
export interface HistoryCost {
  events: number;
  bytes: number;
}

/** Events and bytes of the histories of these workflows, divided by the number of tasks. */
export async function historyCost(
  client: Client,
  workflowIds: readonly string[],
  tasks: number,
): Promise<HistoryCost> {
  const total = { events: 0, bytes: 0 };
  for (const id of workflowIds) {
    const { historyLength, historySize } = await client.workflow.getHandle(id).describe();
    total.events += historyLength;
    total.bytes += historySize ?? 0;
  }
  return { events: total.events / tasks, bytes: total.bytes / tasks };
}
