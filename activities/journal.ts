import type { ActivityDeps } from './deps.ts';
import type { Activities } from './types.ts';

/** Writes of the journal and the archive; safe to repeat. */
export function createJournalActivities({
  store,
}: ActivityDeps): Pick<Activities, 'flushEvents' | 'archiveJob'> {
  return {
    flushEvents: ({ owner, events }) => store.appendEvents(owner, events),
    async archiveJob(job) {
      await store.archiveJob(job);
    },
  };
}
