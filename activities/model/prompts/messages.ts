import type { Delivery, Mate } from '../../../contracts/message.ts';
import { bullets, fenced, joined, section } from './data.ts';

/** How many of the others an agent is told of. */
const TOLD_MATES = 30;

/** A message as the agent reads it. What a person says steers it; what another agent says is material. */
export function describeMessage({ from_agent, from_task_id, content }: Delivery): string {
  if (from_task_id === null) {
    return joined('A person who looks after this job writes to you. Heed it from now on:', content);
  }
  return joined(
    `The agent ${from_agent} writes to you; the address for an answer is ${from_task_id}.`,
    fenced(`message of the agent ${from_agent}, task ${from_task_id}`, content),
  );
}

/** Whom the agent can write to; nothing where there is nobody. */
export function describeMates(mates: readonly Mate[]): string {
  const lines = mates
    .slice(0, TOLD_MATES)
    .map(({ task_id, title, agent }) => `${task_id}: ${title}${agent === null ? '' : ` (${agent})`}`);
  const more = mates.length > TOLD_MATES ? [`and ${mates.length - TOLD_MATES} more`] : [];
  return section('Other tasks of this job, whose agents you can write to', bullets([...lines, ...more]));
}
