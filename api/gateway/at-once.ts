import pLimit, { type LimitFunction } from 'p-limit';

/**
 * How many commands to one job are under way at once. Temporal takes ten updates to a workflow (`history.maxInFlightUpdates`),
 * counted over all processes of the API. One more is not only refused: the server also forgets the workflow task that the
 * worker has in hand, and the job stands still until its time-out of 10 s.
 */
const COMMANDS_AT_ONCE = 4;

const lanes = new WeakMap<object, Map<string, Lane>>();

interface Lane {
  limit: LimitFunction;
  /** those under way and those that wait */
  commands: number;
}

/** Sends a command to a job once fewer than {@link COMMANDS_AT_ONCE} others that go over the same link are under way. */
export async function inTurn<R>(link: object, job_id: string, send: () => Promise<R>): Promise<R> {
  const ofLink = lanes.get(link) ?? new Map<string, Lane>();
  lanes.set(link, ofLink);
  const lane = ofLink.get(job_id) ?? { limit: pLimit(COMMANDS_AT_ONCE), commands: 0 };
  ofLink.set(job_id, lane);
  lane.commands += 1;
  try {
    return await lane.limit(send);
  } finally {
    lane.commands -= 1;
    if (lane.commands === 0) ofLink.delete(job_id);
  }
}
