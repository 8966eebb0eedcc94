import type { JobEvent } from '../contracts/event.ts';
import type { EndedPhase, LiveJob } from '../contracts/telemetry.ts';
import { countEvents, countPhases } from '../core/counts.ts';
import { addCounts, putLiveJob } from './counters.ts';
import { appendEvents } from './events.ts';
import type { Db } from './schema.ts';
import type { Outbox } from './webhook-outbox.ts';

/** What a job has to write since the last time. */
export interface JournalBatch {
  owner: string;
  events: readonly JobEvent[];
  /** what ended with these events */
  phases?: readonly EndedPhase[];
  /** what the job looks like now; left out: as before */
  live?: LiveJob;
  /** what is to be sent of the events to addresses outside */
  outbox?: Outbox | undefined;
}

/**
 * Writes events with all that counts because of them, at once; may be repeated, and counts once. Gives what was new.
 */
export async function writeJournal(
  db: Db,
  { owner, events, phases = [], live, outbox }: JournalBatch,
): Promise<{ events: JobEvent[]; phases: EndedPhase[] }> {
  const ended = (written: readonly JobEvent[]) => {
    const seqs = new Set(written.map(({ seq }) => seq));
    return phases.filter(({ seq }) => seqs.has(seq));
  };
  const written = await appendEvents(db, owner, events, outbox, async (transaction, fresh) => {
    await addCounts(transaction, [...countEvents(fresh), ...countPhases(ended(fresh))]);
    if (live) await putLiveJob(transaction, fresh[0]!.job_id, live);
  });
  return { events: written, phases: ended(written) };
}
