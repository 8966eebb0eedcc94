import type { Activities } from '../types.ts';
import { createBackoff } from './backoff.ts';
import { type CallMemory, callModel } from './call.ts';
import type { ModelDeps } from './deps.ts';
import { prepareModelCall } from './prepare.ts';
import { createUsageEstimates } from './usage-estimate.ts';

export type { ModelDeps } from './deps.ts';

/** The activities of model calls. */
export type ModelActivities = Pick<Activities, 'prepareModelCall' | 'callModel' | 'closeLease'>;

/** Model calls over the given providers, ledger and artifact store. */
export function createModelActivities(deps: ModelDeps): ModelActivities {
  const memory: CallMemory = { backoff: createBackoff(), estimates: createUsageEstimates() };
  return {
    prepareModelCall: (input) => prepareModelCall(deps, input),
    callModel: (input) => callModel(deps, memory, input),
    closeLease: ({ lease_id }) => deps.store.closeLease(lease_id),
  };
}
