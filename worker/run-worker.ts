import { hostname } from 'node:os';
import { createRateLimiter } from '../activities/model/rate-limit.ts';
import { createSandbox } from '../activities/sandbox/sandbox.ts';
import { toolsFromEnv } from '../activities/tools/from-env.ts';
import { createDataDir, hostId } from '../config/data-dir.ts';
import { EnvError, envNumber, envText, SECRET_PREFIX } from '../config/env.ts';
import { loadConfig } from '../config/load.ts';
import { closeToOthers, keepPrivate } from '../config/private.ts';
import { publicUrl } from '../config/public-url.ts';
import { PATIENCE_SECONDS } from '../config/retry-on-shortage.ts';
import { maskOf } from '../config/secret-values.ts';
import { temporalTarget } from '../config/temporal-connection.ts';
import { ProblemError } from '../contracts/error.ts';
import { tablePrice } from '../providers/price-table.ts';
import { createProviders } from '../providers/registry.ts';
import { takeKeys } from '../runtime/keys.ts';
import { CONFIG_ERROR_EXIT, stopAtLauncherEnd } from '../runtime/lifeline.ts';
import { survive } from '../runtime/survival.ts';
import { waitForTemporal } from '../runtime/temporal/health.ts';
import { openStore } from '../store/index.ts';
import { openNotes } from '../store/notes/notes.ts';
import { createLog } from '../telemetry/log/log.ts';
import { openTracing } from '../telemetry/open-tracing.ts';
import { openMetrics } from './metrics.ts';
import { logSdkTo } from './sdk-log.ts';
import { startWorker, type WorkerOptions } from './worker.ts';

/** Seconds that running work has to end before the process goes. */
const GRACE_SECONDS = 12;

/** How long a server that is just starting is waited for. */
const TEMPORAL_WAIT_SECONDS = 60;

/**
 * The worker as a program, `npm run worker`: reads environment and config, works until the launcher is gone or a signal comes.
 * Exits with a message when it can't.
 * @param activities what to run instead of the usual activities
 */
export async function runWorker(activities?: WorkerOptions['activities']): Promise<void> {
  keepPrivate();
  try {
    await main(activities);
  } catch (error) {
    const expected = error instanceof ProblemError || error instanceof EnvError;
    console.error(error instanceof Error ? error.message : error);
    process.exit(expected ? CONFIG_ERROR_EXIT : 1);
  }
}

async function main(activities: WorkerOptions['activities']): Promise<void> {
  takeKeys();
  const dir = createDataDir();
  const log = createLog({ component: 'worker', file: dir.log, terminal: process.stdout });
  survive({ mayEnd: true, tell: (text, error) => log.fatal({ err: error }, text) });
  const closed = closeToOthers(dir);
  if (closed) log.warn(closed);
  const metrics = await openMetrics(process.env);
  logSdkTo(log, metrics?.sdk_address);
  await metrics?.listen(log);
  const { config, roster } = loadConfig();
  const tracing = await openTracing('orchestrator-worker');
  const target = temporalTarget();
  const trouble = await waitForTemporal(target, TEMPORAL_WAIT_SECONDS);
  if (trouble) throw new Error(`Temporal does not answer at ${target.address}: ${trouble}`);
  const mask = maskOf(process.env);
  const store = await openStore({
    database_url: envText('DATABASE_URL'),
    sqlite_file: dir.orchestratorDb,
    artifacts_dir: dir.artifacts,
    artifacts_url: envText('ARTIFACTS_URL'),
    patience_seconds: PATIENCE_SECONDS,
    mask,
  });
  const notes = await openNotes({
    socket_path: dir.notesSocket,
    redis_url: envText('REDIS_URL'),
    key: await store.notesKey(),
    role: 'sender',
  });
  const secret = (name: string) => process.env[`${SECRET_PREFIX}${name}`];
  const sandbox = await createSandbox({ config, data_dir: dir.root });
  if (sandbox.reason) log.warn(`No sandbox: ${sandbox.reason}.`);
  const mcp_place = { sandbox, homes_dir: dir.mcp };
  const tools = toolsFromEnv(process.env, {
    ...{ store, config, price_table: tablePrice, secret, mask, mcp_place },
  });
  const limiter = createRateLimiter({ redis_url: envText('REDIS_URL'), limits: config.rate_limits });
  const worker = await startWorker({
    target,
    ...(activities ? { activities } : {}),
    log,
    concurrency: envNumber('ORCHESTRATOR_WORKER_CONCURRENCY', { min: 1 }),
    cached_workflows: envNumber('ORCHESTRATOR_WORKER_CACHED_WORKFLOWS', { min: 2 }),
    grace_seconds: GRACE_SECONDS,
    deps: {
      store,
      config,
      roster,
      providers: createProviders(process.env, config),
      price_table: tablePrice,
      publish: (note) => notes.publish(note),
      tools,
      limiter,
      secret,
      mask,
      sandbox,
      host_id: hostId(dir),
      work_dir: dir.work,
      mirrors_dir: dir.mirrors,
      environment: process.env,
      public_url: publicUrl(),
      worker: `${hostname()}:${process.pid}`,
      tracing,
    },
  });
  log.info(
    { temporal: target.address, namespace: target.namespace, host_id: hostId(dir) },
    'worker is running',
  );
  stopAtLauncherEnd(async () => {
    await worker.stop();
    await Promise.all([
      tools.close(),
      sandbox.close(),
      limiter.close(),
      notes.close(),
      metrics?.close(),
      tracing?.close(),
    ]);
    await store.close();
  });
  await worker.done;
}
