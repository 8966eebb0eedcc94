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
  const describe = async (name: string, taskQueueType: number) => {
    const taskQueue = { name };
    const { namespace } = link;
    return await link.connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue,
      taskQueueType,
      reportStats: true,
    });
  };
  const [workflows, activities, models] = await link.within(LOAD_MS, () =>
    Promise.all([
      describe(MAIN_QUEUE, TASK_QUEUE_TYPE_WORKFLOW),
      describe(MAIN_QUEUE, TASK_QUEUE_TYPE_ACTIVITY),
      describe(MODEL_QUEUE, TASK_QUEUE_TYPE_ACTIVITY),
    ]),
  );
  const depth = ({ stats }: typeof workflows) => Number(stats?.approximateBacklogCount ?? 0);
  return {
    queues: { workflows: depth(workflows), activities: depth(activities), models: depth(models) },
    workers: pollersOf(workflows),
  };
}
