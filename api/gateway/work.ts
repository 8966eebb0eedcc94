import { taskWorkflowId } from '../../contracts/names.ts';
import type { TemporalLink } from './link.ts';

/** Who works on a task at the moment, as Temporal knows it. */
export interface WorkInProgress {
  /** the worker process that has it; null while none has taken it */
  worker: string | null;
  /** ISO-8601 UTC */
  last_heartbeat_at: string | null;
  /** its folder in the repository is being made ready: the clone, and what the setup command makes */
  sets_up: boolean;
}

const DESCRIBE_MS = 3000;

/** Workers send heartbeats once a second at most, so asking sooner would say the same. */
const FRESH_MS = 1000;

/** Recent requests, by workflow id and oldest first: simultaneous readers share one. */
type Asked = Map<string, { at: number; work: Promise<WorkInProgress | null> }>;
const askedOf = new WeakMap<TemporalLink, Asked>();

/** Who works on the given tasks, up to a second ago; a task of which Temporal says nothing in time is left out. */
export async function describeWork(
  link: TemporalLink,
  job_id: string,
  task_ids: readonly string[],
): Promise<Map<string, WorkInProgress>> {
  const asked: Asked = askedOf.get(link) ?? new Map();
  askedOf.set(link, asked);
  const now = Date.now();
  for (const [id, { at }] of asked) {
    if (now - at < FRESH_MS) break;
    asked.delete(id);
  }
  const found = await Promise.all(
    task_ids.map(async (task_id) => {
      const id = taskWorkflowId(job_id, task_id);
      const { work } = asked.get(id) ?? { work: describeTask(link, id) };
      if (!asked.has(id)) asked.set(id, { at: now, work });
      return [task_id, await work] as const;
    }),
  );
  return new Map(found.flatMap(([task_id, work]) => (work === null ? [] : [[task_id, work]])));
}

async function describeTask(link: TemporalLink, id: string): Promise<WorkInProgress | null> {
  const handle = link.client.workflow.getHandle(id);
  const described = await link.within(DESCRIBE_MS, () => handle.describe()).catch(() => null);
  const [activity] = described?.raw.pendingActivities ?? [];
  if (!activity) return null;
  const { lastHeartbeatTime, lastWorkerIdentity, activityType } = activity;
  const last_heartbeat_at = lastHeartbeatTime ? toIso(lastHeartbeatTime) : null;
  return { worker: lastWorkerIdentity || null, last_heartbeat_at, sets_up: activityType?.name === SETS_UP };
}

/** The activity that does so. */
const SETS_UP = 'prepareClone';

const toIso = (time: { seconds?: unknown; nanos?: number | null }): string =>
  new Date(Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6)).toISOString();
