import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { HistoryEvent, RecordedRun } from './histories.ts';

interface Execution {
  workflowId: string;
  runId: string;
}

/**
 * Every run of the given workflows, and of the children that they started: each continue-as-new run, and each
 * run of a task that was started again.
 */
export async function collectRuns(client: Client, workflowIds: readonly string[]): Promise<RecordedRun[]> {
  const left: Execution[] = [];
  for (const workflowId of workflowIds) left.push({ workflowId, runId: await firstRun(client, workflowId) });
  const seen = new Set<string>();
  const runs: RecordedRun[] = [];
  for (let next = left.shift(); next; next = left.shift()) {
    const { workflowId, runId } = next;
    if (seen.has(runId)) continue;
    seen.add(runId);
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const { events } = JSON.parse(historyToJSON(history)) as { events: HistoryEvent[] };
    runs.push({ workflow_id: workflowId, events });
    left.push(...events.flatMap((event) => startedBy(workflowId, event)));
  }
  return runs;
}

async function firstRun(client: Client, workflowId: string): Promise<string> {
  const { raw, runId } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

function startedBy(workflowId: string, event: HistoryEvent): Execution[] {
  const continued = event.workflowExecutionContinuedAsNewEventAttributes as
    | { newExecutionRunId: string }
    | undefined;
  if (continued) return [{ workflowId, runId: continued.newExecutionRunId }];
  const child = event.childWorkflowExecutionStartedEventAttributes as
    | { workflowExecution: Execution }
    | undefined;
  return child ? [child.workflowExecution] : [];
}
