import { QueryNotRegisteredError, type WorkflowHandle } from '@temporalio/client';
import { ASK_AGAIN, HAS_ENDED } from '../../contracts/names.ts';
import { putTogether } from '../../core/state/parts.ts';
import { again } from './again.ts';

/** A worker that was killed holds its jobs for 10 s before Temporal asks another one. */
export const QUERY_MS = 12_000;

/**
 * Queries a workflow until it answers: after a worker's start it may have to be read twice, see workflows/query-guard.ts.
 * A large answer comes in parts.
 */
export const ask = <R>(
  handle: Pick<WorkflowHandle, 'query' | 'describe'>,
  name: string,
  args: readonly unknown[] = [],
): Promise<R> =>
  putTogether<R>((part) => {
    const given = part ? [...args, part] : args;
    return again(
      async () => {
        try {
          return await handle.query<unknown, unknown[]>(name, ...given);
        } catch (error) {
          if (!isRefused(error) || (await handle.describe()).status.name === 'RUNNING') throw error;
          return await handle.query<unknown, unknown[]>(name, ...given, HAS_ENDED);
        }
      },
      QUERY_MS,
      isRefused,
    );
  });

/** It has to be read again, or is still reading its state. */
const isRefused = (error: unknown): boolean =>
  error instanceof QueryNotRegisteredError &&
  (error.message.includes(ASK_AGAIN) || error.message.includes('did not register a handler'));
