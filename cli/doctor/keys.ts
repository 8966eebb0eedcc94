import { envIsSet } from '../../config/env.ts';
import { KEY_VARIABLES } from '../../contracts/providers.ts';
import type { Check } from './check.ts';

/** Whether keys of model providers are set here; never what they are. */
export function keyChecks(): Check[] {
  const set = KEY_VARIABLES.filter((name) => envIsSet(name));
  const name = 'Model keys';
  if (set.length > 0) return [{ name, state: 'ok', detail: `${set.join(', ')} set in this shell` }];
  const detail =
    'none set in this shell: commands, HTTP agents and people work; tasks that need a model will wait';
  return [{ name, state: 'note', detail, fix: `set ${KEY_VARIABLES[0]} where the service is started` }];
}
