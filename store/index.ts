import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { retryOnShortage } from '../config/retry-on-shortage.ts';
import type { KeptPlan } from '../contracts/plan.ts';
import type { ClosedJob } from '../contracts/view.ts';
import { type Mask, NO_MASK } from '../core/text/mask.ts';
import * as keys from './access/keys.ts';
import * as memory from './access/memory.ts';
import * as settings from './access/settings.ts';
import * as toolSessions from './access/tool-sessions.ts';
import * as agents from './agents/agents.ts';
import * as callbacks from './agents/callbacks.ts';
import * as waiting from './agents/waiting-tasks.ts';
import { artifactOf, readOutput, toOutput } from './content/artifacts.ts';
import { type Contents, openContents } from './content/contents.ts';
import { type ContentDisk, folderDisk } from './content/disk.ts';
import { wholePlan, withPlansStored } from './content/kept-plans.ts';
import { masked } from './content/masked.ts';
import { payloadStorage } from './content/payload-storage.ts';
import { jobsWithPayloads, payloadHolder } from './content/refs.ts';
import { parseS3Url, s3Disk } from './content/s3-disk.ts';
import { isPostgres, openDatabase } from './database/database.ts';
import { migrate } from './database/migrate.ts';
import { ping } from './database/ping.ts';
import type { Db } from './database/schema.ts';
import * as archive from './jobs/archive.ts';
import * as counters from './jobs/counters.ts';
import { eraseJob } from './jobs/erase.ts';
import * as events from './jobs/events.ts';
import * as jobs from './jobs/jobs.ts';
import { writeJournal } from './jobs/journal.ts';
import { listJobs } from './jobs/list.ts';
import * as operations from './jobs/operations.ts';
import * as pushed from './jobs/pushed-bundles.ts';
import * as requestKeys from './jobs/request-keys.ts';
import * as tombstones from './jobs/tombstones.ts';
import * as ledger from './money/ledger.ts';
import { readUsage } from './money/usage.ts';
import { notesKey } from './notes/key.ts';
import * as webhooks from './webhooks/deliveries.ts';
import { rotateWebhookSecret, webhookSecrets } from './webhooks/secrets.ts';

export type { ApiKey } from './access/keys.ts';
export type { MemoryPlace } from './access/memory.ts';
export type { ToolSession } from './access/tool-sessions.ts';
export type { Callback } from './agents/callbacks.ts';
export type { ContentSource, StoredContent } from './content/contents.ts';
export type { ByteRange } from './content/disk.ts';
export { isDatabaseUnreachable } from './database/database.ts';
export type { ArchivedJob } from './jobs/archive.ts';
export type { FeedEntry } from './jobs/events.ts';
export type { JobStanding } from './jobs/jobs.ts';
export type { JobsQuery, ListCursor } from './jobs/list.ts';
export type { Operation } from './jobs/operations.ts';
export type { PushedBundle } from './jobs/pushed-bundles.ts';
export type { Tombstone } from './jobs/tombstones.ts';
export type { CallStart, LedgerCall } from './money/ledger.ts';
export { type Notes, openNotes } from './notes/notes.ts';
export type { DeliveryCursor, StoredDelivery, StoredEndpoint } from './webhooks/deliveries.ts';
export type { Outbox } from './webhooks/outbox.ts';
export type { OwnerSecrets } from './webhooks/secrets.ts';

/** Everything that outlives or spans jobs, as plain functions: see the module that each comes from. */
export type Store = Awaited<ReturnType<typeof openStore>>;

/**
 * Opens the store and brings its tables up to date. `artifacts_url` is `s3://bucket/prefix`, a folder or a
 * `file:` URL; by default artifacts lie in `artifacts_dir`. `mask` keeps secrets out of artifacts and outputs. Throws a `database_unreachable` or `validation`
 * problem.
 * @param options.patience_seconds how long what is to be written waits while there is no room, or the database is locked;
 *   without it whoever asked is told soon
 */
export async function openStore(options: {
  database_url?: string;
  sqlite_file: string;
  artifacts_dir: string;
  artifacts_url?: string;
  patience_seconds?: number;
  mask?: Mask;
}) {
  const { database_url, sqlite_file, artifacts_dir, artifacts_url, mask = NO_MASK } = options;
  const disk = await openDisk(artifacts_url || artifacts_dir);
  const db = openDatabase({ url: database_url, sqlite_file });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const patience = options.patience_seconds ?? 0;
  const bind =
    <A extends unknown[], R>(db: Db, fn: (db: Db, ...rest: A) => Promise<R>) =>
    (...rest: A): Promise<R> =>
      patience > 0 ? retryOnShortage(patience, () => fn(db, ...rest)) : fn(db, ...rest);
  const contents = patientContents(openContents(db, disk), patience);
  return {
    appendEvents: bind(db, events.appendEvents),
    writeJournal: bind(db, writeJournal),
    readEvents: bind(db, events.readEvents),
    readEventsOfTypes: bind(db, events.readEventsOfTypes),
    readFeed: bind(db, events.readFeed),
    readFeedEnd: bind(db, events.readFeedEnd),
    lastPosition: bind(db, events.lastPosition),
    firstSeq: bind(db, events.firstSeq),
    lastSeq: bind(db, events.lastSeq),

    addCounts: bind(db, counters.addCounts),
    readCounts: bind(db, counters.readCounts),
    readLiveJobs: bind(db, counters.readLiveJobs),

    archiveJob: async (job: ClosedJob<KeptPlan>) => {
      const archived = await archive.archiveJob(db, await withPlansStored(contents, job));
      // it was deleted in the meantime, and its contents with it
      if (!archived) await contents.dropContents(job.view.job_id);
      return archived;
    },
    wholePlan: (kept: KeptPlan) => wholePlan(contents, kept),
    unarchiveJob: bind(db, archive.unarchiveJob),
    readArchived: bind(db, archive.readArchived),
    archivedAmong: bind(db, archive.archivedAmong),
    endsOf: bind(db, archive.endsOf),

    addJobs: bind(db, jobs.addJobs),
    dropUnstarted: bind(db, jobs.dropUnstarted),
    removeJobs: bind(db, jobs.removeJobs),
    noteStanding: bind(db, jobs.noteStanding),
    openJobs: bind(db, jobs.openJobs),
    listedAmong: bind(db, jobs.listedAmong),
    openSince: bind(db, jobs.openSince),
    closeArchived: bind(db, jobs.closeArchived),
    dropDeleted: bind(db, jobs.dropDeleted),
    listJobs: bind(db, listJobs),

    putTombstone: bind(db, tombstones.putTombstone),
    getTombstone: bind(db, tombstones.getTombstone),
    markErased: bind(db, tombstones.markErased),
    listUnfinishedDeletions: bind(db, tombstones.listUnfinishedDeletions),
    deletedAmong: bind(db, tombstones.deletedAmong),
    eraseJob: (job_id: string) => eraseJob(db, contents, job_id),

    beginCall: bind(db, ledger.beginCall),
    settleCall: bind(db, ledger.settleCall),
    releaseCall: bind(db, ledger.releaseCall),
    estimateCall: bind(db, ledger.estimateCall),
    closeLease: bind(db, ledger.closeLease),
    getCall: bind(db, ledger.getCall),
    readLedger: bind(db, ledger.readLedger),
    readUsage: bind(db, readUsage),

    ...contents,
    /** for everything that speaks to Temporal about jobs */
    payloads: payloadStorage(contents),
    jobsWithPayloads: bind(db, jobsWithPayloads),
    dropPayloads: (job_id: string) => contents.dropContents(payloadHolder(job_id)),
    /** what artifacts and outputs go through */
    mask,
    artifactOf: (input: Parameters<typeof artifactOf>[1]) => artifactOf(contents, masked(input, mask)),
    toOutput: ({ job_id, text, data }: Parameters<typeof toOutput>[1]) =>
      toOutput(contents, { job_id, text: mask.text(text), data: mask.json(data) }),
    readOutput: (output: Parameters<typeof readOutput>[1]) => readOutput(contents, output),

    createKey: bind(db, keys.createKey),
    findKey: bind(db, keys.findKey),
    listKeys: bind(db, keys.listKeys),
    revokeKey: bind(db, keys.revokeKey),
    anyKeys: bind(db, keys.anyKeys),

    createCallback: bind(db, callbacks.createCallback),
    findCallback: bind(db, callbacks.findCallback),
    markCallbackUsed: bind(db, callbacks.markCallbackUsed),

    putMemory: bind(db, memory.putMemory),
    linkMemory: bind(db, memory.linkMemory),
    finishMemory: bind(db, memory.finishMemory),
    readMemory: bind(db, memory.readMemory),

    keepOperation: bind(db, operations.keepOperation),
    readOperation: bind(db, operations.readOperation),
    listOperations: bind(db, operations.listOperations),

    putToolSession: bind(db, toolSessions.putToolSession),
    useToolSession: bind(db, toolSessions.useToolSession),
    dropToolSession: bind(db, toolSessions.dropToolSession),
    addSessionJob: bind(db, toolSessions.addSessionJob),
    sessionJobs: bind(db, toolSessions.sessionJobs),
    useRequestKey: bind(db, requestKeys.useRequestKey),

    putPushed: bind(db, pushed.putPushed),
    latestPushed: bind(db, pushed.latestPushed),

    registerAgent: bind(db, agents.registerAgent),
    beatAgent: bind(db, agents.beatAgent),
    removeAgent: bind(db, agents.removeAgent),
    listAgents: bind(db, agents.listAgents),
    takeAgentLease: bind(db, agents.takeAgentLease),
    returnAgentLease: bind(db, agents.returnAgentLease),

    notesKey: bind(db, notesKey),
    readSetting: bind(db, settings.readSetting),
    putSetting: bind(db, settings.putSetting),

    addWaiting: bind(db, waiting.addWaiting),
    removeWaiting: bind(db, waiting.removeWaiting),
    waitingOwners: bind(db, waiting.waitingOwners),
    listWaiting: bind(db, waiting.listWaiting),
    claimWaiting: bind(db, waiting.claimWaiting),

    readEndpoint: bind(db, webhooks.readEndpoint),
    dueDelivery: bind(db, webhooks.dueDelivery),
    nextTry: bind(db, webhooks.nextTry),
    settleDelivered: bind(db, webhooks.settleDelivered),
    settleFailed: bind(db, webhooks.settleFailed),
    settleGone: bind(db, webhooks.settleGone),
    dropDelivery: bind(db, webhooks.dropDelivery),
    listDeliveries: bind(db, webhooks.listDeliveries),
    resendDelivery: bind(db, webhooks.resendDelivery),
    overdueEndpoints: bind(db, webhooks.overdueEndpoints),
    webhookSecrets: bind(db, webhookSecrets),
    rotateWebhookSecret: bind(db, rotateWebhookSecret),

    database: isPostgres(db) ? ('postgresql' as const) : ('sqlite' as const),
    /** Throws a `database_unreachable` problem when the database does not answer. */
    ping: () => ping(db),
    close: () => db.destroy(),
  };
}

/** A stream that was read can't be read again. */
function patientContents(contents: Contents, seconds: number): Contents {
  const { putContent } = contents;
  if (seconds === 0) return contents;
  return {
    ...contents,
    putContent: (input) =>
      input.source instanceof Readable
        ? putContent(input)
        : retryOnShortage(seconds, () => putContent(input)),
  };
}

async function openDisk(place: string): Promise<ContentDisk> {
  if (place.startsWith('file:')) return await folderDisk(fileURLToPath(place));
  // One letter before the colon is a drive, not a scheme.
  if (/^[a-z][a-z0-9+.-]+:/i.test(place)) return await s3Disk(parseS3Url(place));
  return await folderDisk(place);
}
