import type { WorkflowInterceptors } from '@temporalio/workflow';
import type { JobEvent } from '../contracts/event.ts';
import { type SaidLine, sinks } from './activities.ts';
import { wasReset } from './reset.ts';

/** An event of a job's journal, and what a client of the face of agent brokerage calls what it is about. */
export interface SaidEvent {
  event: JobEvent;
  client: SaidLine['client'];
}

/** What was said in workflow tasks of which it is not known yet whether Temporal has them. */
let unsure: JobEvent[] = [];
/** What this activation has said. */
let fresh: SaidEvent[] = [];
let closed = false;

/**
 * Has the worker tell readers what a job said: that there is something, at the end of the activation; and the events
 * themselves, as soon as it is sure that Temporal has them.
 */
export function tell(said: readonly SaidEvent[], isClosed: boolean): void {
  fresh.push(...said);
  unsure.push(...said.map(({ event }) => event));
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
 * has the SDK forget this run and read it anew, so the first activation of another one, which has another time, says that
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
            if (unsure.length > 0) sinks.journal.committed(unsure[0]!.job_id, unsure, closed);
            unsure = [];
          }
          next(input);
        },
        concludeActivation(input, next) {
          const output = next(input);
          // of a run that was reset nothing gets into the journal
          if (wasReset()) {
            fresh = [];
            unsure = [];
          }
          const last = fresh.at(-1)?.event;
          if (last) {
            const soon = output.commands.some((command) => ANSWERED.some((name) => command[name]));
            sinks.journal.said(last.job_id, last.seq, fresh.map(toLine), soon);
          }
          fresh = [];
          return output;
        },
      },
    ],
  };
};

function toLine({ event: { type, task_id, data }, client }: SaidEvent): SaidLine {
  return { type, ...(task_id ? { task_id } : {}), ...(client ? { client } : {}), data };
}
