// a CommonJS module whose names Node does not see
import proto from '@temporalio/proto';
import { MAIN_QUEUE, MODEL_QUEUE, WEBHOOK_QUEUE } from '../../contracts/names.ts';
import type { TemporalLink } from './link.ts';
import { depthOf, describeQueue } from './load.ts';
import { identitiesOf } from './pollers.ts';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** A task queue that all workers share. */
interface QueueState {
  name: string;
  /** processes that poll it; null: not known */
  workers: number | null;
  /** about how many workflow and activity tasks wait in it; null: nobody can tell */
  waiting: number | null;
}

/** The Temporal that the service works with. */
export interface TemporalEngine {
  namespace: string;
  /** null: it does not answer */
  server_version: string | null;
  task_queues: QueueState[];
}

/** Both kinds of tasks are in the main queue, activities alone in the others. */
const QUEUES = [
  { name: MAIN_QUEUE, types: [TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY] },
  { name: MODEL_QUEUE, types: [TASK_QUEUE_TYPE_ACTIVITY] },
  { name: WEBHOOK_QUEUE, types: [TASK_QUEUE_TYPE_ACTIVITY] },
];

const ANSWER_MS = 2000;

/** Asks Temporal what it is and how its queues are. Never throws: what it does not say is null. */
export async function readEngine(link: TemporalLink): Promise<TemporalEngine> {
  const { namespace } = link;
  const server_version = await link
    .within(ANSWER_MS, () => link.connection.workflowService.getSystemInfo({}))
    .then(
      ({ serverVersion }) => serverVersion ?? '',
      () => null,
    );
  const task_queues = await Promise.all(
    QUEUES.map(({ name, types }) =>
      server_version === null ? unknown(name) : stateOf(link, name, types).catch(() => unknown(name)),
    ),
  );
  return { namespace, server_version, task_queues };
}

async function stateOf(link: TemporalLink, name: string, types: readonly number[]): Promise<QueueState> {
  const described = await link.within(ANSWER_MS, () =>
    Promise.all(types.map((type) => describeQueue(link, name, type))),
  );
  return {
    name,
    workers: new Set(described.flatMap((one) => identitiesOf(one))).size,
    waiting: described.reduce((sum, one) => sum + depthOf(one), 0),
  };
}

const unknown = (name: string): QueueState => ({ name, workers: null, waiting: null });
