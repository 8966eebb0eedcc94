import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { HistoryEvent, RecordedRun } from './histories.ts';

interface Execution {
  workflowId: string;
  runId: string;
}

/**
 * Every run of the given workflows, and of the children that they started: each continue-as-new run, each run of a task
 * that was started again, and what goes on after a reset.
 */
export async function collectRuns(client: Client, workflowIds: readonly string[]): Promise<RecordedRun[]> {
  const left: Execution[] = [];
  for (const workflowId of workflowIds) left.push(...(await endsOf(client, workflowId)));
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

/** The first run and the last: those between follow from them, forwards or backwards. */
async function endsOf(client: Client, workflowId: string): Promise<Execution[]> {
  const { raw, runId } = await client.workflow.getHandle(workflowId).describe();
  const first = raw.workflowExecutionInfo?.firstRunId || runId;
  return [...new Set([first, runId])].map((id) => ({ workflowId, runId: id }));
}

function startedBy(workflowId: string, event: HistoryEvent): Execution[] {
  const started = event.workflowExecutionStartedEventAttributes as
    | { continuedExecutionRunId?: string }
    | undefined;
  if (started?.continuedExecutionRunId) return [{ workflowId, runId: started.continuedExecutionRunId }];
  const continued = event.workflowExecutionContinuedAsNewEventAttributes as
    | { newExecutionRunId: string }
    | undefined;
  if (continued) return [{ workflowId, runId: continued.newExecutionRunId }];
  const child = event.childWorkflowExecutionStartedEventAttributes as
    | { workflowExecution: Execution }
    | undefined;
  return child ? [child.workflowExecution] : [];
}
