import type { WaitingTask } from '../../contracts/registry.ts';
import { type Candidate, freePlaces, isAvailable, meantBy } from './match.ts';

/**
 * Which of the waiting tasks are worth another try: the oldest first, as many for each agent as it has places left.
 * @param waiting oldest first
 */
export function tasksToRetry<A extends Candidate>(
  waiting: readonly WaitingTask[],
  agents: readonly A[],
): WaitingTask[] {
  const places = new Map(agents.map((agent) => [agent, isAvailable(agent) ? freePlaces(agent) : 0]));
  return waiting.filter((task) => {
    const taker = meantBy({ ...task, command: null }, agents).find((agent) => places.get(agent)! > 0);
    if (taker) places.set(taker, places.get(taker)! - 1);
    return taker !== undefined;
  });
}
