import { defaultPayloadConverter, type WorkflowInterceptors } from '@temporalio/workflow';
import { MAX_ARGUMENT_DEPTH, tooDeep } from '../core/text/json-depth.ts';

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

/**
 * Signals and queries that can't be read come without arguments, as if somebody had sent them blank: what is not JSON,
 * or nested so deep that nobody could write it down again. SDK 1.24.0 would fail the workflow task for such a signal,
 * and every later one, since it stays in the history.
 */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow, queryWorkflow } of input.activation.jobs ?? []) {
          if (signalWorkflow?.input?.some(isUnreadable)) signalWorkflow.input = [];
          if (queryWorkflow?.arguments?.some(isUnreadable)) queryWorkflow.arguments = [];
        }
        next(input);
      },
    },
  ],
});

function isUnreadable(payload: Payload): boolean {
  try {
    return tooDeep(defaultPayloadConverter.fromPayload(payload), MAX_ARGUMENT_DEPTH);
  } catch {
    return true;
  }
}
