import { DefaultLogger, Runtime } from '@temporalio/worker';
import { ASK_AGAIN } from '../contracts/names.ts';
import type { Log } from '../telemetry/log/log.ts';

/** Of the worker for a host's queue, which has activities only. */
const EXPECTED = 'No workflows registered';

/**
 * Sends what the Temporal SDK has to say, from warnings up, to the log. Once a process, before any worker.
 * @param metrics_address where the SDK serves its own metrics; nowhere without
 */
export function logSdkTo(log: Log, metrics_address?: string): void {
  Runtime.install({
    ...(metrics_address
      ? { telemetryOptions: { metrics: { prometheus: { bindAddress: metrics_address } } } }
      : {}),
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const { error, ...rest } = meta ?? {};
      if (message.startsWith(EXPECTED)) return;
      // whoever asked does ask again, see workflows/query-guard.ts
      if (String(error).includes(ASK_AGAIN)) return;
      const fields = { sdk: rest, ...(error ? { error: String(error) } : {}) };
      if (level === 'ERROR') log.error(fields, message);
      else log.warn(fields, message);
    }),
    shutdownSignals: [],
  });
}
