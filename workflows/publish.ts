import type { WorkflowInterceptors } from '@temporalio/workflow';
import type { JobEvent } from '../contracts/event.ts';
import { type EventLine, sinks } from './activities.ts';
import { wasReset } from './reset.ts';

/** An event of a job's journal, with the ids that its client of agent brokerage has. */
export interface PublishedEvent {
  event: JobEvent;
  client: EventLine['client'];
}

/** Events of workflow tasks that Temporal may not have recorded yet. */
let uncommitted: JobEvent[] = [];
/** Events of this activation. */
let published: PublishedEvent[] = [];
let closed = false;

/**
 * Has the worker tell readers what a job said: that there is something, at the end of the activation; and the events
 * themselves, as soon as it is sure that Temporal has them.
 */
export function publish(said: readonly PublishedEvent[], isClosed: boolean): void {
  published.push(...said);
  uncommitted.push(...said.map(({ event }) => event));
  closed = isClosed;
}

/** Commands that Temporal answers with an event at once, so that another workflow task follows this one. */
const ANSWERED = [
  'startChildWorkflowExecution',
  'signalExternalWorkflowExecution',
  'requestCancelExternalWorkflowExecution',
] as const;

/**
 * Finds out when it is sure that Temporal has what was said: a workflow task that it did not take, for whatever reason,
 * makes the SDK forget this run and replay it, so the first activation of another one, which has another time, says that
 * all before it are in the history. What it says of none is asked for by whoever wants to know it.
 */
export const interceptors = (): WorkflowInterceptors => {
  let task = '';
  return {
    internals: [
      {
        activate(input, next) {
          const { timestamp, jobs } = input.activation;
          const time = `${timestamp?.seconds}.${timestamp?.nanos}`;
          if (time !== task && !jobs?.some(({ queryWorkflow }) => queryWorkflow)) {
            task = time;
            if (uncommitted.length > 0) sinks.journal.committed(uncommitted[0]!.job_id, uncommitted, closed);
            uncommitted = [];
          }
          next(input);
        },
        concludeActivation(input, next) {
          const output = next(input);
          // of a run that was reset nothing gets into the journal
          if (wasReset()) {
            published = [];
            uncommitted = [];
          }
          const last = published.at(-1)?.event;
          if (last) {
            const soon = output.commands.some((command) => ANSWERED.some((name) => command[name]));
            sinks.journal.published(last.job_id, last.seq, published.map(toLine), soon);
          }
          published = [];
          return output;
        },
      },
    ],
  };
};

function toLine({ event: { type, task_id, data }, client }: PublishedEvent): EventLine {
  return { type, ...(task_id ? { task_id } : {}), ...(client ? { client } : {}), data };
}
