// a CommonJS module whose names Node does not see
import proto from '@temporalio/proto';
import { MAIN_QUEUE } from '../../contracts/names.ts';
import type { TemporalLink } from './link.ts';

const { TASK_QUEUE_TYPE_WORKFLOW } = proto.temporal.api.enums.v1.TaskQueueType;

/** A poll lasts a minute at most; a poller silent for longer is gone, though Temporal lists it for 5 minutes. */
const STALE_MS = 90_000;

/**
 * How many processes poll the main queue for workflow tasks; 0 when Temporal doesn't say within 2 s.
 * @param now in milliseconds since 1970
 */
export async function countPollers(link: TemporalLink, now = Date.now()): Promise<number> {
  try {
    const described = await link.connection.withDeadline(Date.now() + 2000, () =>
      link.connection.workflowService.describeTaskQueue({
        namespace: link.namespace,
        taskQueue: { name: MAIN_QUEUE },
        taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
      }),
    );
    return pollersOf(described, now);
  } catch {
    return 0;
  }
}

/** How many processes a description of a queue tells of. */
export const pollersOf = (described: Described, now = Date.now()): number =>
  identitiesOf(described, now).length;

/** Who they are, each once. */
export function identitiesOf({ pollers }: Described, now = Date.now()): string[] {
  const heard = (pollers ?? []).filter(
    ({ lastAccessTime }) => now - Number(lastAccessTime?.seconds ?? 0) * 1000 < STALE_MS,
  );
  return [...new Set(heard.map(({ identity }) => identity ?? ''))];
}

interface Described {
  pollers?: { identity?: string | null; lastAccessTime?: { seconds?: unknown } | null }[] | null;
}
