import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { TemporalTarget } from '../../config/temporal-connection.ts';
import { ProblemError } from '../../contracts/error.ts';
import { toProblem, unreachable } from './failures.ts';

/** The API's one connection to Temporal. It is made at the first call and made again whenever it breaks. */
export interface TemporalLink {
  client: Client;
  connection: Connection;
  namespace: string;
  /**
   * Runs calls that must be done within `milliseconds`; what fails becomes a ProblemError, except that a
   * workflow that is not there stays a WorkflowNotFoundError. Transport errors are tried again until then.
   */
  within<T>(milliseconds: number, calls: () => Promise<T>): Promise<T>;
  /** Whether the server answers within a second. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** A {@link TemporalLink} to the given server; nothing is sent yet. */
export function openLink(target: TemporalTarget, dataConverter: DataConverter): TemporalLink {
  const { namespace, ...options } = target;
  const retries = defaultGrpcRetryOptions({ initialIntervalMs: firstPauseMs });
  const connection = Connection.lazy({ ...options, interceptors: [makeGrpcRetryInterceptor(retries)] });
  const client = new Client({ connection, namespace, dataConverter });
  let away = false;
  const ping = async () => {
    try {
      await connection.withDeadline(Date.now() + 1000, () => connection.workflowService.getSystemInfo({}));
      return true;
    } catch {
      return false;
    }
  };
  return {
    client,
    connection,
    namespace,
    ping,
    async within(milliseconds, calls) {
      // while the server is known to be away, nobody waits for their whole deadline
      if (away && !(await ping())) throw unreachable();
      away = false;
      try {
        return await connection.withDeadline(Date.now() + milliseconds, calls);
      } catch (error) {
        const problem = await toProblem(error, ping);
        away = problem instanceof ProblemError && problem.problem.code === 'temporal_unreachable';
        throw problem;
      }
    },
    close: () => connection.close(),
  };
}

/** https://grpc.io/docs/guides/status-codes/ */
const RESOURCE_EXHAUSTED = 8;

/**
 * How long a call that failed waits before its first repetition, in milliseconds. While a workflow task is under way,
 * Temporal keeps one query to that workflow waiting and refuses the others: the task is over in a moment, and whoever
 * reads should not wait for the pause that is meant for a server under too much load.
 */
export function firstPauseMs({ code, details }: { code: number; details: string }): number {
  if (code !== RESOURCE_EXHAUSTED) return 100;
  return /query buffer/i.test(details) ? 10 : 1000;
}
