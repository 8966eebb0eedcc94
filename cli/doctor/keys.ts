import { envIsSet } from '../../config/env.ts';
import type { Check } from './check.ts';

const KEYS = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY'] as const;

/** Whether keys of model providers are set here; never what they are. */
export function keyChecks(): Check[] {
  const set = KEYS.filter((name) => envIsSet(name));
  const name = 'Model keys';
  if (set.length > 0) return [{ name, state: 'ok', detail: `${set.join(', ')} set in this shell` }];
  const detail =
    'none set in this shell: commands, HTTP agents and people work; tasks that need a model will wait';
  return [{ name, state: 'note', detail, fix: 'set ANTHROPIC_API_KEY where the service is started' }];
}
