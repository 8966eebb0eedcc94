import type { JobMessage } from '../../../contracts/message.ts';

/**
 * What agents have asked and wait to be told, by their names: the last thing that they reported is that they are blocked,
 * and nobody has written to them since.
 */
export function askingIn(messages: readonly JobMessage[]): ReadonlyMap<string, string> {
  const asking = new Map<string, string>();
  for (const { kind, from_agent, to_agent, content, metadata } of messages) {
    if (to_agent === null) asking.clear();
    else asking.delete(to_agent);
    if (kind === 'progress' && metadata.status === 'blocked') asking.set(from_agent, content);
    else asking.delete(from_agent);
  }
  return asking;
}
