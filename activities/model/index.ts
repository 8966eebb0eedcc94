import { Context } from '@temporalio/activity';
import { startHeartbeat } from '../heartbeat.ts';
import type { Activities } from '../types.ts';
import { createBackoff } from './backoff.ts';
import { type CallMemory, callModel } from './call.ts';
import type { ModelDeps } from './deps.ts';
import { prepareModelCall } from './prepare.ts';
import { createUsageEstimates } from './usage-estimate.ts';

export type { ModelDeps } from './deps.ts';

/** Heartbeat time-out of preparing a call, as workflows/activities.ts sets it. */
const PREPARE_HEARTBEAT_SECONDS = 10;

/** The activities of model calls. */
export type ModelActivities = Pick<Activities, 'prepareModelCall' | 'callModel' | 'closeLease'>;

/** Model calls over the given providers, ledger and artifact store. */
export function createModelActivities(deps: ModelDeps): ModelActivities {
  const memory: CallMemory = { backoff: createBackoff(), estimates: createUsageEstimates() };
  return {
    async prepareModelCall(input) {
      const context = Context.current();
      const stopHeartbeat = startHeartbeat(context, PREPARE_HEARTBEAT_SECONDS);
      try {
        return await prepareModelCall(deps, input, context.cancellationSignal);
      } catch (error) {
        // the SDK's own failure, by which Temporal knows a cancellation
        if (context.cancellationSignal.aborted) await context.cancelled;
        throw error;
      } finally {
        stopHeartbeat();
      }
    },
    callModel: (input) => callModel(deps, memory, input),
    closeLease: ({ lease_id }) => deps.store.closeLease(lease_id),
  };
}
