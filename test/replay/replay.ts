import type { DataConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { quietSdk } from '../setup/quiet-sdk.ts';
import type { RecordedRun } from './histories.ts';

/**
 * Replays runs on bundled workflows; gives what went wrong, by workflow.
 * @param bundle file with the bundled workflows
 * @param dataConverter `payloads` of the store that holds what is too large for a history; recorded runs have nothing such
 */
export async function replay(
  runs: readonly RecordedRun[],
  bundle: string,
  dataConverter?: DataConverter,
): Promise<string[]> {
  quietSdk();
  const options = {
    workflowBundle: { codePath: bundle },
    ...(dataConverter ? { dataConverter } : {}),
    sinks: { journal: { said: { fn: () => {} }, committed: { fn: () => {} } } },
  };
  const histories = runs.map(({ workflow_id, events }) => ({ workflowId: workflow_id, history: { events } }));
  const problems: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories))
    if (error) problems.push(`${workflowId}: ${error.message}`);
  return problems;
}
