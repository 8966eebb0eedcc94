import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { TemporalTarget } from '../config/temporal-connection.ts';

/** Why a Temporal server does not serve the namespace, or undefined when it does. */
export async function temporalTrouble(target: TemporalTarget): Promise<string | undefined> {
  const { namespace, ...options } = target;
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ ...options, connectTimeout: 2000 });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + 2000, () => workflowService.describeNamespace({ namespace }));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connection?.close();
  }
}

/**
 * Waits until the server serves the namespace; gives the last trouble when it does not in time, or when
 * `goOn` turns false.
 */
export async function waitForTemporal(
  target: TemporalTarget,
  timeoutSeconds: number,
  goOn: () => boolean = () => true,
): Promise<string | undefined> {
  const end = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const trouble = await temporalTrouble(target);
    if (!trouble || Date.now() > end || !goOn()) return trouble;
    await sleep(100);
  }
}
