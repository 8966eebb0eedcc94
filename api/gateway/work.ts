import { taskWorkflowId } from '../../contracts/names.ts';
import type { TemporalLink } from './link.ts';

/** Who works on a task at the moment, as Temporal knows it. */
export interface WorkInProgress {
  /** the worker process that has it; null while none has taken it */
  worker: string | null;
  /** ISO-8601 UTC */
  last_heartbeat_at: string | null;
}

const DESCRIBE_MS = 3000;

/** Who works on the given tasks; a task of which Temporal says nothing in time is left out. */
export async function describeWork(
  link: TemporalLink,
  job_id: string,
  task_ids: readonly string[],
): Promise<Map<string, WorkInProgress>> {
  const found = await Promise.all(
    task_ids.map(async (task_id) => {
      const handle = link.client.workflow.getHandle(taskWorkflowId(job_id, task_id));
      const described = await link.within(DESCRIBE_MS, () => handle.describe()).catch(() => null);
      const [activity] = described?.raw.pendingActivities ?? [];
      if (!activity) return [];
      const { lastHeartbeatTime, lastWorkerIdentity } = activity;
      const last_heartbeat_at = lastHeartbeatTime ? toIso(lastHeartbeatTime) : null;
      return [[task_id, { worker: lastWorkerIdentity || null, last_heartbeat_at }] as const];
    }),
  );
  return new Map(found.flat());
}

const toIso = (time: { seconds?: unknown; nanos?: number | null }): string =>
  new Date(Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6)).toISOString();
