import type { ProviderName } from '../contracts/spec.ts';
import { type Provider, ProviderError } from './types.ts';

/** No model at all: what is asked for without one says so instead of being made up. */
export function createOffline(): Provider {
  return uncallable(
    { name: 'offline', env_key: null, base_url: null },
    'The provider `offline` calls no model. Give the task to an agent that needs none, or name another provider.',
  );
}

/** A provider that is known by name and not built in yet: it can be listed, and refuses calls. */
export function createListed(settings: {
  name: Exclude<ProviderName, 'anthropic' | 'offline'>;
  env_key: string | null;
  base_url: string;
  /** whether its key or address is set */
  is_set: boolean;
}): Provider {
  const reason = `The provider \`${settings.name}\` is not built in yet. Name \`anthropic\` as the provider and retry.`;
  return {
    ...uncallable(settings, reason),
    // Any answer will do, a refusal for want of a key too: the question is whether somebody is there.
    reachable: async () => {
      if (!settings.is_set) return false;
      return fetch(settings.base_url, { method: 'HEAD', signal: AbortSignal.timeout(3000) }).then(
        () => true,
        () => false,
      );
    },
  };
}

function uncallable(settings: Pick<Provider, 'name' | 'env_key' | 'base_url'>, reason: string): Provider {
  const { name, env_key, base_url } = settings;
  const refuse = async () => {
    throw new ProviderError('unavailable', reason);
  };
  return {
    name,
    env_key,
    base_url,
    default_model: null,
    configured: () => ({ ok: false, reason }),
    reachable: async () => false,
    models: async () => [],
    call: refuse,
  };
}
