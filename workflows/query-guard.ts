import { defaultPayloadConverter, type WorkflowInterceptors } from '@temporalio/workflow';
import { ASK_AGAIN, HAS_ENDED } from '../contracts/names.ts';

/*
 * What holds:
 * 1. A query is answered as of the last finished workflow task, or refused with ASK_AGAIN; it never moves the workflow.
 * 2. Who was refused may ask again at once: the run is read anew from its history by then.
 * 3. Once a query has found a run in order, it answers all others until a workflow task is missed again.
 */

/** How SDK 1.24.0 names a query that comes by itself; those that come with a workflow task have ids of the server. */
const BY_ITSELF = 'legacy_query';

/**
 * Keeps queries from moving a workflow.
 *
 * A query that waited for a worker arrives with the history of that moment. Events that no finished workflow task has
 * brought yet are then applied by SDK 1.24.0 before the query is answered; what they lead to is sent with the next
 * workflow task, before its signals and updates. A replay takes signals and updates first, so such a history can never
 * be read again: the job would be stuck for good after the next start of a worker
 * (https://github.com/temporalio/sdk-python/issues/1591 shows the same).
 *
 * So such a query is refused. SDK and server then forget the run, and it is replayed from its history, by the next
 * workflow task or when it is asked again. It is told by one of these:
 * - Events that no workflow task has begun with (a timer that fired meanwhile) come in an activation with the time of
 *   the one before, which only the start of a workflow task moves on, and with a longer history.
 * - Events of a workflow task that was begun by a worker that died look like those of one that this worker has
 *   finished. So a run that was read from its history, and then had one more workflow task or such events, is read once
 *   more. Without such events everything is a replay then, and it answers.
 * A run that has ended has no further workflow task: who knows that says so, and is answered as of the last one.
 */
export const interceptors = (): WorkflowInterceptors => {
  let last = { time: '', length: 0 };
  let behind = false;
  /** workflow tasks that were read from the history, and those that were new */
  const tasks = { read: 0, fresh: 0 };
  let trusted = false;
  return {
    internals: [
      {
        activate(input, next) {
          const { timestamp, historyLength, isReplaying, jobs } = input.activation;
          const queries = jobs?.flatMap(({ queryWorkflow }) => queryWorkflow ?? []) ?? [];
          if (queries.length > 0) {
            if (queries.some(({ queryId }) => queryId === BY_ITSELF)) {
              const isUnsure = behind || (!trusted && tasks.read > 0 && tasks.fresh === 1);
              if (isUnsure && !queries.some(isOfEnded)) throw new Error(ASK_AGAIN);
              trusted = true;
            }
            return next(input);
          }
          if (behind) throw new Error(ASK_AGAIN);
          const current = { time: `${timestamp?.seconds}.${timestamp?.nanos}`, length: historyLength ?? 0 };
          behind = current.time === last.time && current.length > last.length;
          if (current.time !== last.time) tasks[isReplaying ? 'read' : 'fresh'] += 1;
          last = current;
          if (!behind) next(input);
        },
      },
    ],
  };
};

const isOfEnded = ({
  arguments: given,
}: {
  arguments?: Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null;
}) => given?.some((payload) => defaultPayloadConverter.fromPayload(payload) === HAS_ENDED) ?? false;
