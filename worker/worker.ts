import { Client } from '@temporalio/client';
import {
  type InjectedSinks,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { ActivityDeps } from '../activities/deps.ts';
import { createActivities } from '../activities/index.ts';
import { temporalPort } from '../activities/temporal-port.ts';
import { tidyHost } from '../activities/upkeep/host.ts';
import type { TemporalTarget } from '../config/temporal-connection.ts';
import { ownVersion } from '../config/version.ts';
import { hostQueue, MAIN_QUEUE, MODEL_QUEUE, WEBHOOK_QUEUE } from '../contracts/names.ts';
import type { Log } from '../telemetry/log/log.ts';
import type { WorkerSinks } from '../workflows/activities.ts';
import { activitySpans } from './activity-spans.ts';
import { ensureSchedule } from './schedule.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** A worker process's workers: for everything, for what touches this host's folders, for model calls and webhooks. */
export interface RunningWorker {
  /** settles when all have stopped; rejects when one failed */
  done: Promise<void>;
  /** stops taking work, cancels what runs, and lets it end */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  target: TemporalTarget;
  deps: Omit<ActivityDeps, 'temporal'>;
  log: Log;
  /** activities that run at once in this process */
  concurrency: number;
  /** jobs and tasks that are held in memory; left out: as many as the SDK thinks fit */
  cached_workflows?: number;
  /** seconds that running work has to end when the worker stops */
  grace_seconds: number;
  /** what to run instead of the usual activities */
  activities?: typeof createActivities;
  /** bundled beforehand, in tests */
  workflow_bundle?: WorkflowBundleOption;
}

/**
 * One poller for workflows that this process does not hold, four for those that it does. A query polled beside the
 * workflow task of the same job would see what that task brings, see workflows/query-guard.ts.
 */
const ONE_WORKFLOW_POLLER = { maxConcurrentWorkflowTaskPolls: 5, nonStickyToStickyPollRatio: 0.2 };

/** How often folders of ended jobs are looked for. */
const CLEANED_EVERY_MS = 10 * 60_000;

/** Addresses of webhooks that a worker process sends to at the same time. */
const WEBHOOKS_AT_ONCE = 20;

/** Connects, makes sure that Temporal has what is needed, and starts to work. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { target, log, concurrency } = options;
  const { namespace, ...address } = target;
  const connection = await NativeConnection.connect(address);
  const dataConverter = options.deps.store.payloads;
  const client = new Client({ connection, namespace, dataConverter });
  await ensureSearchAttributes(client, log);
  const { tracing } = options.deps;
  const makeActivities = options.activities ?? createActivities;
  const deps = { ...options.deps, temporal: temporalPort(client) };
  const activities = makeActivities(deps);
  const shared = {
    connection,
    namespace,
    identity: options.deps.worker,
    // every workflow task names it twice: the SDK's own is a hash of the bundle
    buildId: ownVersion(),
    activities,
    dataConverter,
    ...(tracing ? { interceptors: { activity: [activitySpans(tracing)] } } : {}),
    maxConcurrentActivityTaskExecutions: concurrency,
    maxHeartbeatThrottleInterval: '1 second' as const,
    defaultHeartbeatThrottleInterval: '1 second' as const,
    shutdownGraceTime: 0,
    shutdownForceTime: options.grace_seconds * 1000,
  };
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      workflowBundle: options.workflow_bundle ?? (await workflowBundle(Runtime.instance().logger)),
      taskQueue: MAIN_QUEUE,
      ...ONE_WORKFLOW_POLLER,
      ...(options.cached_workflows ? { maxCachedWorkflows: options.cached_workflows } : {}),
      sinks: journalSinks(options.deps, log),
    }),
    Worker.create({ ...shared, taskQueue: hostQueue(options.deps.host_id) }),
    Worker.create({
      ...shared,
      taskQueue: MODEL_QUEUE,
      maxConcurrentActivityTaskExecutions: options.deps.config.models.concurrency,
    }),
    Worker.create({
      ...shared,
      taskQueue: WEBHOOK_QUEUE,
      maxConcurrentActivityTaskPolls: 2,
      maxConcurrentActivityTaskExecutions: WEBHOOKS_AT_ONCE,
    }),
  ]);
  const running = workers.map((worker) => worker.run());
  await ensureSchedule(client);
  const endCleaning = cleanWorkFolders(deps, log);
  const done = Promise.all(running).then(() => connection.close());
  return {
    done,
    async stop() {
      endCleaning();
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await done;
    },
  };
}

/** Removes folders of ended jobs and mirrors that nobody uses on this host, now and then, until the returned function is called. */
function cleanWorkFolders(deps: ActivityDeps, log: Log): () => void {
  let timer: NodeJS.Timeout;
  const every = Math.min(CLEANED_EVERY_MS, deps.config.limits.work_folder_seconds * 1000);
  const clean = async () => {
    try {
      const { folders, mirrors } = await tidyHost(deps);
      if (folders.length > 0) log.info({ jobs: folders.length }, 'folders of ended jobs were removed');
      if (mirrors.length > 0) log.info({ mirrors }, 'mirrors of repositories were removed');
    } catch (error) {
      log.warn({ err: error }, 'folders of ended jobs, or mirrors, could not be removed yet');
    }
    if (!ended) timer = setTimeout(clean, every).unref();
  };
  let ended = false;
  timer = setTimeout(clean, every).unref();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

/** Tells readers of a journal what is said, at once and when it is sure, and writes it to the log. */
function journalSinks({ publish }: Pick<ActivityDeps, 'publish'>, log: Log): InjectedSinks<WorkerSinks> {
  return {
    journal: {
      published: {
        callDuringReplay: false,
        fn(_info, job_id, seq, lines, soon) {
          publish({ kind: 'doorbell', job_id, seq, ...(soon ? { soon } : {}) });
          for (const { type, task_id, client, data } of lines) {
            const about = { job_id, ...(task_id ? { task_id } : {}), ...client };
            const { message, kind } = data as { message?: unknown; kind?: unknown };
            const text = typeof message === 'string' ? `${type}: ${message}` : type;
            if (type === 'alert') log.warn({ ...about, alert: kind }, text);
            else log.info(about, text);
          }
        },
      },
      committed: {
        callDuringReplay: false,
        fn: (_info, job_id, events, closed) => publish({ kind: 'committed', job_id, events, closed }),
      },
    },
  };
}
