import { CancellationScope, condition, type WorkflowInterceptors, workflowInfo } from '@temporalio/workflow';
import { WORKFLOW } from '../contracts/names.ts';

/** The only activity that a run which was reset may still ask for. */
export const RECOVERY = 'recoverJob';

let isReset = false;

export const wasReset = (): boolean => isReset;

/** Waits until it shows that an operator has reset this run: it then does nothing of its own any more. */
export const untilReset = (): Promise<void> =>
  CancellationScope.nonCancellable(() => condition(() => isReset));

/** Workflows whose runs that were reset are recovered; the others do over what Reset takes back, and may. */
const RECOVERED: readonly string[] = [WORKFLOW.job, WORKFLOW.task];

/** Commands by which a run that was reset ends, and answers. */
const LAST_COMMANDS = [
  ...(['completeWorkflowExecution', 'continueAsNewWorkflowExecution', 'failWorkflowExecution'] as const),
  ...(['respondToQuery', 'signalExternalWorkflowExecution'] as const),
] as const;

/**
 * Stops a workflow where Temporal's Reset has cut its history. What it did after that stands in the history of the run
 * before, and was done: this run must not do it again. So it receives nothing any more but the result of its recovery,
 * and nothing else that it asks for is passed on.
 *
 * SDK 1.24.0 tells a workflow of a reset only by giving it other random numbers, before all else that is new.
 */
export const interceptors = (): WorkflowInterceptors => {
  if (!RECOVERED.includes(workflowInfo().workflowType)) return {};
  const activator = (globalThis as unknown as { __TEMPORAL_ACTIVATOR__: Activator }).__TEMPORAL_ACTIVATOR__;
  const reseed = activator.updateRandomSeed.bind(activator);
  activator.updateRandomSeed = (given) => {
    isReset = true;
    reseed(given);
  };
  const recoveries = new Set<number>();
  const lastSignals = new Set<number>();
  return {
    internals: [
      {
        activate(input, next) {
          if (isReset) {
            const { activation } = input;
            activation.jobs = (activation.jobs ?? []).filter(
              ({ initializeWorkflow, queryWorkflow, resolveActivity, resolveSignalExternalWorkflow }) =>
                initializeWorkflow ||
                queryWorkflow ||
                recoveries.has(resolveActivity?.seq ?? -1) ||
                lastSignals.has(resolveSignalExternalWorkflow?.seq ?? -1),
            );
          }
          next(input);
        },
        concludeActivation(input, next) {
          const { commands } = next(input);
          if (!isReset) return { commands };
          return {
            commands: commands.filter((command) => {
              const { scheduleActivity, signalExternalWorkflowExecution } = command;
              if (scheduleActivity?.activityType === RECOVERY) recoveries.add(scheduleActivity.seq ?? -1);
              if (signalExternalWorkflowExecution) lastSignals.add(signalExternalWorkflowExecution.seq ?? -1);
              return (
                scheduleActivity?.activityType === RECOVERY || LAST_COMMANDS.some((name) => command[name])
              );
            }),
          };
        },
      },
    ],
  };
};

/** What SDK 1.24.0 keeps of a workflow, as far as it is needed here. */
interface Activator {
  updateRandomSeed(activation: unknown): void;
}
