import { executeChild, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type * as activities from './activities.ts';
import { floorChildId } from './names.ts';

const { noop } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

/** A task with nothing around it: one activity. */
export async function floorChild(): Promise<void> {
  await noop();
}

/** As many children, at most `at_once` of them at a time (1: a chain), and nothing else. */
export async function floorParent(input: { children: number; at_once: number }): Promise<void> {
  const { workflowId } = workflowInfo();
  let started = 0;
  const lane = async () => {
    while (started < input.children) {
      started += 1;
      await executeChild(floorChild, { workflowId: floorChildId(workflowId, started) });
    }
  };
  await Promise.all(Array.from({ length: input.at_once }, lane));
}
