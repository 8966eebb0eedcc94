import type { WorkflowInterceptors } from '@temporalio/workflow';

/**
 * Keeps queries from moving a workflow.
 *
 * A query that waited for a worker arrives with the history of that moment. Events that no workflow task has brought
 * yet (a timer that fired meanwhile) are then applied by SDK 1.24.0 before the query is answered; what they lead to is
 * sent with the next workflow task, before its signals and updates. A replay takes signals and updates first, so such
 * a history can never be read again: the job would stand still for good at the next start of a worker
 * (https://github.com/temporalio/sdk-python/issues/1591 shows the same).
 *
 * Such an activation is told by its time, which only the start of a workflow task moves on, and by its longer history.
 * It is left out, so that the query is answered as of the last workflow task. The next workflow task is failed then:
 * Temporal sends it again at once, and the run is read anew from its history.
 */
export const interceptors = (): WorkflowInterceptors => {
  let last = { time: '', length: 0 };
  let behind = false;
  return {
    internals: [
      {
        activate(input, next) {
          const { timestamp, historyLength, jobs } = input.activation;
          if (jobs?.some(({ queryWorkflow }) => queryWorkflow)) return next(input);
          if (behind) throw new Error('A query came between: the workflow is read again from its history.');
          const current = { time: `${timestamp?.seconds}.${timestamp?.nanos}`, length: historyLength ?? 0 };
          behind = current.time === last.time && current.length > last.length;
          last = current;
          if (!behind) next(input);
        },
      },
    ],
  };
};
