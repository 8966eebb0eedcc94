import { condition, patched } from '@temporalio/workflow';
import type { EventDraft, JobEvent } from '../../contracts/event.ts';
import type { LiveNews } from '../../contracts/telemetry.ts';
import { newsOf } from '../../core/journal/live-job.ts';
import { followPhases, forgetPhases, newPhaseClock } from '../../core/journal/phases.ts';
import { clientNames } from '../../core/plan/places.ts';
import { jobHead } from '../../core/state/job-memo.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { leanBatch } from '../../core/state/lean-batch.ts';
import { WHOLE_CHARS } from '../../core/state/parts.ts';
import { short } from '../activities.ts';
import { type PublishedEvent, publish } from '../publish.ts';
import type { EventsPage } from '../types.ts';
import type { Job } from './context.ts';
import { publishSummary } from './summary.ts';

/** Events that stay readable in the workflow after the database has them. */
const KEPT_TAIL = 200;
/** Unflushed events that do not wait for the timer. */
const FLUSH_AT = 200;
/** Events are in the database within a second of being said. */
const FLUSH_AFTER_MS = 700;
/** From then on they go along with the next event: the timer would bring a workflow task of its own. */
const FLUSH_ALONG_MS = 500;
/** Jobs of earlier versions waited for the timer, and replay so. */
const FLUSH_BY_TIMER_MS = 600;

/** Numbers the events, appends them to the journal and notifies readers. */
export function append(state: JobState, drafts: EventDraft[], at: string): void {
  const { journal } = state;
  journal.phases ??= newPhaseClock();
  const events = drafts.map((draft): PublishedEvent => {
    const { actor, ...rest } = draft;
    const event: JobEvent = {
      seq: journal.next_seq,
      job_id: state.job_id,
      at,
      ...rest,
      ...(actor ? { actor } : {}),
    };
    journal.events.push(event);
    journal.next_seq += 1;
    const task = event.task_id === undefined ? undefined : state.tasks[event.task_id];
    followPhases(journal.phases!, event, task?.generation ?? 0);
    return { event, client: clientNames(state, event.task_id) };
  });
  publish(events, state.phase === 'closed');
}

/** Carries events to the database until the last one is there. One per run of the workflow. */
export function keepFlushing(job: Job): {
  finish(): Promise<void>;
  /** writes what there is without waiting for more */
  hurry(): void;
  flushed(): number;
} {
  const { journal } = job.state;
  let flushed = (journal.events[0]?.seq ?? journal.next_seq) - 1;
  let finishing = false;
  let hurried = false;
  const news = newsOf(job.state);
  const unflushed = () => journal.next_seq - 1 - flushed;

  const untilDue = () => {
    const isNow = () => unflushed() >= FLUSH_AT || finishing || hurried;
    if (!patched('lean-histories')) return condition(isNow, FLUSH_BY_TIMER_MS);
    return condition(() => isNow() || waitedMs(journal.events, flushed) >= FLUSH_ALONG_MS, FLUSH_AFTER_MS);
  };

  const loop = (async () => {
    while (!finishing || unflushed() > 0) {
      await condition(() => unflushed() > 0 || finishing);
      if (!finishing) await untilDue();
      flushed = await flush(job.state, flushed, news);
      hurried &&= unflushed() > 0;
      trim(journal.events, flushed);
      if (journal.phases) forgetPhases(journal.phases, flushed);
      if (!finishing) publishSummary(job);
    }
  })();
  return {
    async finish() {
      finishing = true;
      await loop;
    },
    hurry() {
      hurried = unflushed() > 0;
    },
    flushed: () => flushed,
  };
}

/** Answers the query `events`: what is held after the given `seq`. */
export function eventsAfter(state: JobState, after: number, limit = 1000): EventsPage {
  const { events, next_seq } = state.journal;
  const last_seq = next_seq - 1;
  return {
    first_seq: events[0]?.seq ?? next_seq,
    last_seq,
    events: events.filter((event) => event.seq > after).slice(0, limit),
    closed: state.phase === 'closed',
  };
}

/**
 * How long the oldest unflushed event had waited when the newest was said. The clock itself is not asked: it also moves in
 * workflow tasks of which nothing stays in the history, such as one that refuses an update, and so not in a replay.
 */
function waitedMs(events: readonly JobEvent[], flushed: number): number {
  const oldest = events.find(({ seq }) => seq > flushed);
  return oldest ? Date.parse(events.at(-1)!.at) - Date.parse(oldest.at) : 0;
}

/** Drops what the database has, but for a tail for readers who are a little behind. */
export function trim(events: JobEvent[], flushed: number, keep = KEPT_TAIL): void {
  const last = flushed - keep;
  const cut = events.findIndex((event) => event.seq > last);
  events.splice(0, cut === -1 ? events.length : cut);
}

/** The first of some events, as many as travel together: the others follow. */
function atOnce(events: JobEvent[]): JobEvent[] {
  let chars = 0;
  const end = events.findIndex((event, index) => {
    chars += JSON.stringify(event).length;
    return chars > WHOLE_CHARS && index > 0;
  });
  return end === -1 || !patched('smaller-batches') ? events : events.slice(0, end);
}

async function flush(state: JobState, flushed: number, newsOf: News): Promise<number> {
  const { owner, spec, journal } = state;
  const batch = atOnce(journal.events.filter((event) => event.seq > flushed));
  const last = batch.at(-1);
  if (!last) return journal.next_seq - 1;
  const phases = (journal.phases?.ended ?? []).filter(({ seq }) => seq > flushed);
  const live = newsOf(batch);
  const seq = journal.next_seq - 1;
  await short.flushEvents({
    owner,
    ...leanBatch(batch, phases),
    ...(live ? { live: { ...live, ...(seq === last.seq ? {} : { seq }) } } : {}),
    ...(flushed === 0 ? { head: jobHead(state) } : {}),
    ...(spec.webhook ? { webhook: spec.webhook } : {}),
  });
  return last.seq;
}

type News = (events: readonly JobEvent[]) => LiveNews | undefined;
