import type { KeptPlan } from '../../contracts/plan.ts';
import type { ClosedJob } from '../../contracts/view.ts';
import { fullBatch } from '../../core/state/lean-batch.ts';
import { spanOfPhase } from '../../telemetry/spans.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Activities } from '../types.ts';
import { outboxOf } from '../webhooks/outbox.ts';

/** Writes of the journal and the archive; safe to repeat. */
export function createJournalActivities({
  store,
  config,
  temporal,
  tracing,
}: ActivityDeps): Pick<Activities, 'flushEvents' | 'archiveJob' | 'storePart' | 'readPart' | 'archiveParts'> {
  const read = async (part_ref: string) => (await store.getContent(part_ref)).toString('utf8');
  return {
    async flushEvents(given) {
      const { owner, live, head, webhook } = given;
      const batch = { owner, live, head, webhook, ...fullBatch(given) };
      const outbox = outboxOf(config, batch);
      const { phases } = await store.writeJournal({ ...batch, outbox });
      const job_id = batch.events[0]?.job_id;
      if (tracing && job_id) for (const ended of phases) tracing.record(spanOfPhase(job_id, ended));
      // the sweep makes up for a lost notification
      const notifications = (outbox?.endpoints ?? []).map(({ endpoint_id }) =>
        temporal.notifyWebhooks(endpoint_id),
      );
      await Promise.allSettled(notifications);
    },
    async archiveJob(job) {
      await store.archiveJob(job);
    },
    async storePart({ job_id, text }) {
      const { sha256 } = await store.putContent({ job_id, source: text });
      return { part_ref: sha256 };
    },
    readPart: async ({ part_ref }) => ({ text: await read(part_ref) }),
    async archiveParts({ part_refs }) {
      const texts: string[] = [];
      for (const ref of part_refs) texts.push(await read(ref));
      await store.archiveJob(JSON.parse(texts.join('')) as ClosedJob<KeptPlan>);
    },
  };
}
