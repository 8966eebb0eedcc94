import type { Config } from '../contracts/config.ts';
import { Routing, type RoutingSettings } from '../contracts/routing.ts';

/** Under which name of the settings the routing stands. */
export const ROUTING_SETTING = 'routing';

/** What is read of the settings. */
export interface SettingsReader {
  readSetting(name: string): Promise<{ value: string; updated_at: string; updated_by: string } | null>;
}

/** The routing in force now, and where it comes from: what was put into the settings takes the place of the file's. */
export async function routingInForce(
  store: SettingsReader,
  config: Pick<Config, 'routing'>,
): Promise<Omit<RoutingSettings, 'warnings'>> {
  const stored = await store.readSetting(ROUTING_SETTING);
  if (!stored) return { routing: config.routing, source: 'config', updated_at: null, updated_by: null };
  const { value, updated_at, updated_by } = stored;
  return { routing: Routing.parse(JSON.parse(value)), source: 'settings', updated_at, updated_by };
}
