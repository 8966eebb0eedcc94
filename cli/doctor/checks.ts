import type { Context } from '../context.ts';
import { apiChecks } from './api.ts';
import { assistantChecks } from './assistants.ts';
import type { Check } from './check.ts';
import { keyChecks } from './keys.ts';
import { machineChecks } from './machine.ts';
import { repositoryChecks } from './repositories.ts';
import { storageChecks } from './storage.ts';
import { temporalChecks } from './temporal.ts';
import { toolServerChecks } from './tools.ts';

/** Looks at everything that a running service needs; throws only for settings that can't be read. */
export async function allChecks(context: Context): Promise<Check[]> {
  const api = await apiChecks(context);
  const running = api.some((check) => check.name === 'API' && check.state === 'ok');
  const rest = await Promise.all([
    machineChecks(),
    temporalChecks(context, running),
    storageChecks(context),
    keyChecks(),
    toolServerChecks(context),
    repositoryChecks(context),
    assistantChecks(),
  ]);
  return [...rest.flat(), ...api];
}
