import type { Activities } from '../types.ts';
import { createBackoff } from './backoff.ts';
import { callModel } from './call.ts';
import type { ModelDeps } from './deps.ts';
import { prepareModelCall } from './prepare.ts';

export type { ModelDeps } from './deps.ts';

/** The activities of model calls. */
export type ModelActivities = Pick<Activities, 'prepareModelCall' | 'callModel' | 'closeCall'>;

/** Model calls over the given providers, ledger and artifact store. */
export function createModelActivities(deps: ModelDeps): ModelActivities {
  const backoff = createBackoff();
  return {
    prepareModelCall: (input) => prepareModelCall(deps, input),
    callModel: (input) => callModel(deps, backoff, input),
    async closeCall({ call_id }) {
      // Only a call that is still open is estimated; one that has ended keeps what it cost.
      const ended = await deps.store.estimateCall(call_id);
      return { cost_usd: ended?.row.cost_usd ?? 0 };
    },
  };
}
