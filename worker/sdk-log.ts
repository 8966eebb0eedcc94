import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Log } from '../config/log.ts';

/** Sends what the Temporal SDK has to say, from warnings up, to the log. Once a process, before any worker. */
export function logSdkTo(log: Log): void {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const { error, ...rest } = meta ?? {};
      const fields = { sdk: rest, ...(error ? { error: String(error) } : {}) };
      if (level === 'ERROR') log.error(fields, message);
      else log.warn(fields, message);
    }),
    shutdownSignals: [],
  });
}
