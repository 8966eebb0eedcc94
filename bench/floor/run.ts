import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { FLOOR_QUEUE, floorChildId } from './names.ts';
import type { floorParent } from './workflows.ts';

/** One run of the floor: milliseconds from its start to its result, and the workflows that it was made of. */
export interface FloorRun {
  milliseconds: number;
  workflow_ids: string[];
}

/** Runs so many children with one no-op activity each, at most `at_once` at a time, under one parent. */
export async function runFloor(client: Client, children: number, at_once: number): Promise<FloorRun> {
  const workflowId = `bench-floor-${randomUUID().slice(0, 8)}`;
  const began = performance.now();
  await client.workflow.execute<typeof floorParent>('floorParent', {
    workflowId,
    taskQueue: FLOOR_QUEUE,
    args: [{ children, at_once }],
  });
  const milliseconds = performance.now() - began;
  const ids = Array.from({ length: children }, (_, index) => floorChildId(workflowId, index + 1));
  return { milliseconds, workflow_ids: [workflowId, ...ids] };
}
