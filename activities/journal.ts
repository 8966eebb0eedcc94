import { spanOfPhase } from '../telemetry/spans.ts';
import type { ActivityDeps } from './deps.ts';
import type { Activities } from './types.ts';
import { outboxOf } from './webhooks/outbox.ts';

/** Writes of the journal and the archive; safe to repeat. */
export function createJournalActivities({
  store,
  config,
  temporal,
  tracing,
}: ActivityDeps): Pick<Activities, 'flushEvents' | 'archiveJob'> {
  return {
    async flushEvents(batch) {
      const outbox = outboxOf(config, batch);
      const { phases } = await store.writeJournal({ ...batch, outbox });
      const job_id = batch.events[0]?.job_id;
      if (tracing && job_id) for (const ended of phases) tracing.record(spanOfPhase(job_id, ended));
      // a bell that nobody hears is made good by the sweep
      const bells = (outbox?.endpoints ?? []).map(({ endpoint_id }) => temporal.ringWebhooks(endpoint_id));
      await Promise.allSettled(bells);
    },
    async archiveJob(job) {
      await store.archiveJob(job);
    },
  };
}
