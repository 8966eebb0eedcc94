import { type AgentHealth, HEARTBEAT_SECONDS } from '../../contracts/registry.ts';

/**
 * Health of a registered agent: online if its heartbeat came within {@link HEARTBEAT_SECONDS}, and it has not refused a task
 * since. Times are ISO-8601 UTC.
 */
export function healthOf(
  agent: { heartbeat_at: string; unavailable_at: string | null },
  now: string,
): AgentHealth {
  const silent = Date.parse(now) - Date.parse(agent.heartbeat_at) >= HEARTBEAT_SECONDS * 1000;
  return silent || agent.unavailable_at !== null ? 'offline' : 'online';
}

/** How long an agent that refused a task is left alone, though it says that it is there, in seconds. */
const REFUSAL_SECONDS = 5;

/** Whether a sign of life of an agent that refused a task means that it takes tasks again. */
export const isBack = (unavailable_at: string | null, now: string): boolean =>
  unavailable_at === null || Date.parse(now) - Date.parse(unavailable_at) >= REFUSAL_SECONDS * 1000;
