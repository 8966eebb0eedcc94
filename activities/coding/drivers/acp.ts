import { acpHello, acpReader } from '../acp/acp.ts';
import type { Driver } from './driver.ts';

/**
 * Any program that speaks the Agent Client Protocol.
 * @see https://agentclientprotocol.com
 */
export const acp: Driver = {
  name: 'acp',
  takes_session: false,
  tidies_up: false,
  limits_turns: false,
  // where it is not, it says so, and begins a new one
  has: () => true,
  start: ({ settings }) => ({ args: settings.args ?? [], stdin: acpHello(), spoken: true, env: {} }),
  reader: (launch, line) => acpReader(launch, line, { counts_turns: true }),
};
