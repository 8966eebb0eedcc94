import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { envNumber } from '../../config/env.ts';
import { temporalTarget } from '../../config/temporal-connection.ts';
import { stopAtLauncherEnd } from '../../runtime/lifeline.ts';
import * as activities from './activities.ts';
import { FLOOR_QUEUE } from './names.ts';

// A process of its own, with the settings of the product's worker.
Runtime.install({ logger: new DefaultLogger('WARN') });
const { namespace, ...address } = temporalTarget();
const connection = await NativeConnection.connect(address);
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: FLOOR_QUEUE,
  activities,
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  maxConcurrentActivityTaskExecutions: envNumber('ORCHESTRATOR_WORKER_CONCURRENCY', { min: 1 }),
  maxHeartbeatThrottleInterval: '1 second',
  defaultHeartbeatThrottleInterval: '1 second',
});
const running = worker.run();
stopAtLauncherEnd(async () => {
  worker.shutdown();
  await running;
  await connection.close();
});
await running;
