import { type Provider, ProviderError } from './types.ts';

const REASON =
  'The provider `offline` calls no model. Give the task to an agent that needs none, or name another provider.';

/** No model at all: what is asked for without one says so instead of being made up. */
export function createOffline(): Provider {
  return {
    name: 'offline',
    env_key: null,
    base_url: null,
    default_model: null,
    configured: () => ({ ok: false, reason: REASON }),
    reachable: async () => false,
    models: async () => [],
    context_window: () => 0,
    call: async () => {
      throw new ProviderError('unavailable', REASON);
    },
  };
}
