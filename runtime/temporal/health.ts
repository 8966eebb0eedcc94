import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { TemporalTarget } from '../../config/temporal-connection.ts';
import { SWEEP_ID } from '../../contracts/names.ts';

const ANSWER_MS = 2000;

/** Why a Temporal server does not serve the namespace, or undefined when it does. */
export const temporalTrouble = (target: TemporalTarget): Promise<string | undefined> =>
  troubleWith(target, ({ workflowService }) =>
    workflowService.describeNamespace({ namespace: target.namespace }),
  );

/**
 * Why a server that answers cannot work on workflows, or undefined when it can: its part that holds them refuses
 * everything while it is not sure of its database.
 */
export const shardTrouble = (target: TemporalTarget): Promise<string | undefined> =>
  troubleWith(target, async ({ workflowService }) => {
    const execution = { workflowId: SWEEP_ID };
    const asked = workflowService.describeWorkflowExecution({ namespace: target.namespace, execution });
    await asked.catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  });

/** https://grpc.io/docs/guides/status-codes/ */
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const isNotFound = (error: unknown): boolean => codeOf(error) === NOT_FOUND;
const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

async function troubleWith(
  target: TemporalTarget,
  ask: (connection: Connection) => Promise<unknown>,
): Promise<string | undefined> {
  const { namespace: _, ...options } = target;
  // lazy: the handshake of `connect` has no deadline, and a stopped server still accepts connections
  const connection = Connection.lazy(options);
  try {
    await connection.withDeadline(Date.now() + ANSWER_MS, () => ask(connection));
    return undefined;
  } catch (error) {
    if (codeOf(error) === DEADLINE_EXCEEDED) return `it does not answer within ${ANSWER_MS / 1000} s`;
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connection.close();
  }
}

/**
 * Waits until the server serves the namespace; gives the last trouble when it does not in time, or when
 * `goOn` turns false.
 */
export async function waitForTemporal(
  target: TemporalTarget,
  timeoutSeconds: number,
  mayContinue: () => boolean = () => true,
): Promise<string | undefined> {
  const end = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const trouble = await temporalTrouble(target);
    if (!trouble || Date.now() > end || !mayContinue()) return trouble;
    await sleep(100);
  }
}
