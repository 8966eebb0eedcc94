import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Memo field of the mark that a job leaves in every workflow task, see workflows/job/context.ts */
export const MARK = 'last_seq';

/** Commands that surely leave an event of their own: a timer may be taken back in the same workflow task. */
const LASTING = [
  'scheduleActivity',
  'startChildWorkflowExecution',
  'signalExternalWorkflowExecution',
] as const;

/** Leaves a job's mark out where the workflow task has another command anyway: an event less in most of them. */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      concludeActivation(input, next) {
        const { commands } = next(input);
        const lasting = commands.some((command) => LASTING.some((name) => command[name]));
        const isMark = ({ modifyWorkflowProperties }: (typeof commands)[number]) => {
          const fields = Object.keys(modifyWorkflowProperties?.upsertedMemo?.fields ?? {});
          return fields.length === 1 && fields[0] === MARK;
        };
        return { commands: lasting ? commands.filter((command) => !isMark(command)) : commands };
      },
    },
  ],
});
