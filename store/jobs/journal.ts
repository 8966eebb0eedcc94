import type { JobEvent } from '../../contracts/event.ts';
import type { EndedPhase } from '../../contracts/phase.ts';
import type { JobHead, LiveNews } from '../../contracts/telemetry.ts';
import { countEvents, countPhases } from '../../core/journal/counts.ts';
import type { Db } from '../database/schema.ts';
import type { Outbox } from '../webhooks/outbox.ts';
import { addCounts, putLiveJob } from './counters.ts';
import { appendEvents } from './events.ts';
import { followJournal } from './jobs.ts';

/** What a job has to write since the last time. */
export interface JournalBatch {
  owner: string;
  events: readonly JobEvent[];
  /** what ended with these events */
  phases?: readonly EndedPhase[];
  /** what the job looks like now; left out: as before */
  live?: LiveNews;
  /** comes with the first events of a job */
  head?: JobHead;
  /** what is to be sent of the events to addresses outside */
  outbox?: Outbox | undefined;
}

/**
 * Writes events with all that counts because of them, at once; may be repeated, and counts once. Gives what was new.
 */
export async function writeJournal(
  db: Db,
  { owner, events, phases = [], live, head, outbox }: JournalBatch,
): Promise<{ events: JobEvent[]; phases: EndedPhase[] }> {
  const ended = (written: readonly JobEvent[]) => {
    const seqs = new Set(written.map(({ seq }) => seq));
    return phases.filter(({ seq }) => seqs.has(seq));
  };
  const written = await appendEvents(db, owner, events, outbox, async (transaction, fresh) => {
    await addCounts(transaction, [...countEvents(fresh), ...countPhases(ended(fresh))]);
    const { job_id } = fresh[0]!;
    if (live) await putLiveJob(transaction, job_id, live);
    await followJournal(transaction, { job_id, owner, seq: fresh.at(-1)!.seq, head, live });
  });
  return { events: written, phases: ended(written) };
}
