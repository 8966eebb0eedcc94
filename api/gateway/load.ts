// a CommonJS module whose names Node does not see
import proto from '@temporalio/proto';
import { MAIN_QUEUE, MODEL_QUEUE } from '../../contracts/names.ts';
import type { TemporalLink } from './link.ts';
import { pollersOf } from './pollers.ts';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** How much work waits for workers, about, and how many there are. */
export interface TemporalLoad {
  queues: { workflows: number; activities: number; models: number };
  /** processes that poll for workflow tasks */
  workers: number;
}

const LOAD_MS = 3000;

/** Asks Temporal about its queues; of those of single hosts nothing is told. Throws when it does not answer. */
export async function readLoad(link: TemporalLink): Promise<TemporalLoad> {
  const [workflows, activities, models] = await link.within(LOAD_MS, () =>
    Promise.all([
      describeQueue(link, MAIN_QUEUE, TASK_QUEUE_TYPE_WORKFLOW),
      describeQueue(link, MAIN_QUEUE, TASK_QUEUE_TYPE_ACTIVITY),
      describeQueue(link, MODEL_QUEUE, TASK_QUEUE_TYPE_ACTIVITY),
    ]),
  );
  return {
    queues: { workflows: depthOf(workflows), activities: depthOf(activities), models: depthOf(models) },
    workers: pollersOf(workflows),
  };
}

/** One kind of tasks of a queue, as Temporal describes it: who polls for them, and how many there are. */
export async function describeQueue({ connection, namespace }: TemporalLink, name: string, type: number) {
  return await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: type,
    reportStats: true,
  });
}

/** About how many tasks wait, by such a description. */
export const depthOf = ({ stats }: Awaited<ReturnType<typeof describeQueue>>): number =>
  Number(stats?.approximateBacklogCount ?? 0);
