import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { StreamItem } from '../../client/follow.ts';
import type { JobEvent, LiveNote } from '../../contracts/event.ts';
import { api, jsonOf, type Schemas } from './api.ts';
import { applyEvents } from './apply-events.ts';
import { changesWaiting } from './changes-waiting.ts';
import { keys } from './keys.ts';
import { mayPass, queryClient } from './query-client.ts';
import { followJob } from './stream.ts';
import { throttle } from './throttle.ts';

/** A job's journal as it grows, and what its agents are saying. */
interface LiveJob {
  events: readonly JobEvent[];
  /** live text by task: of its latest attempt, the end of it */
  text: ReadonlyMap<string, string>;
  users: number;
  listeners: Set<() => void>;
  close(): void;
}

/** Characters of live text that are kept of a task. */
const KEPT_TEXT = 40_000;
/** The whole status is read again at most so often; what events say is shown at once. */
const BETWEEN_READS_MS = 1000;
/** With so many events behind it a job is big: its status is read less often. */
const MANY_EVENTS = 300;
/** What is said is shown at most once in so many milliseconds. */
const BETWEEN_DRAWS_MS = 30;
/** Events that are read at once. */
const PAGE = 500;
/** Events after which there are other artifacts, or another cost. */
const CHANGES_RESULTS = /^(artifact\.created|budget\.settled|job\.)/;
const NO_EVENTS: readonly JobEvent[] = [];

const live = new Map<string, LiveJob>();

/** Follows the job while the component is there, and keeps what was read of it up to date. */
export function useLiveJob(job_id: string): void {
  useEffect(() => {
    const job = live.get(job_id) ?? open(job_id);
    job.users += 1;
    return () => {
      job.users -= 1;
      if (job.users > 0) return;
      job.close();
      live.delete(job_id);
    };
  }, [job_id]);
}

/** All events of a job that {@link useLiveJob} follows, as they come. */
export function useJobEvents(job_id: string): readonly JobEvent[] {
  const follow = useCallback((listener: () => void) => subscribe(job_id, listener), [job_id]);
  return useSyncExternalStore(follow, () => live.get(job_id)?.events ?? NO_EVENTS);
}

/** What the agent or command of a task has said live in its latest attempt. It may have gaps, and is never truth. */
export function useTaskText(job_id: string, task_id: string): string {
  const follow = useCallback((listener: () => void) => subscribe(job_id, listener), [job_id]);
  return useSyncExternalStore(follow, () => live.get(job_id)?.text.get(task_id) ?? '');
}

function subscribe(job_id: string, listener: () => void): () => void {
  const job = live.get(job_id) ?? open(job_id);
  job.listeners.add(listener);
  return () => job.listeners.delete(listener);
}

function open(job_id: string): LiveJob {
  const waiting: StreamItem[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isBig = () => job.events.length > MANY_EVENTS;
  const readAgain = throttle(
    () => BETWEEN_READS_MS * (isBig() ? 3 : 1),
    () => {
      void queryClient.invalidateQueries({ queryKey: keys.status(job_id) });
    },
  );
  const readResults = throttle(
    () => BETWEEN_READS_MS * (isBig() ? 3 : 1),
    () => {
      void queryClient.invalidateQueries({ queryKey: keys.artifacts(job_id) });
      void queryClient.invalidateQueries({ queryKey: keys.ledger(job_id) });
    },
  );
  const readApprovals = throttle(BETWEEN_READS_MS / 2, () => {
    void queryClient.invalidateQueries({ queryKey: keys.jobApprovals(job_id) });
  });

  const flush = () => {
    const said = waiting.splice(0);
    const events = said.flatMap(({ event }) => (event ? [event] : []));
    for (const { note } of said) if (note) job.text = withNote(job.text, note);
    if (events.length > 0) {
      job.events = [...job.events, ...events];
      job.text = withoutOldAttempts(job.text, events);
      show(events);
    }
    for (const listener of job.listeners) listener();
  };
  // at once where nothing was drawn of late; all that comes together is one change
  const drawSoon = throttle(BETWEEN_DRAWS_MS, () => {
    timer = setTimeout(() => {
      if (!closed) flush();
    });
  });
  const show = (events: JobEvent[]) => {
    queryClient.setQueryData<Schemas['Job']>(
      keys.status(job_id),
      (before) => before && applyEvents(before, events),
    );
    readAgain();
    if (events.some(changesWaiting)) readApprovals();
    if (events.some(({ type }) => CHANGES_RESULTS.test(type))) readResults();
    if (events.some(({ type }) => type.startsWith('plan.'))) {
      void queryClient.invalidateQueries({ queryKey: [...keys.job(job_id), 'plan'] });
    }
    for (const task_id of new Set(events.flatMap((event) => event.task_id ?? []))) {
      void queryClient.invalidateQueries({ queryKey: [...keys.job(job_id), 'task', task_id] });
    }
  };
  let closed = false;
  let closeStream = () => {};
  const begin = async () => {
    // what has happened is in the status that was read: it is not shown once more, event by event
    const history = await readHistory(job_id);
    if (closed) return;
    job.events = history;
    for (const listener of job.listeners) listener();
    // what was read before the history may be older than it
    void queryClient.invalidateQueries({ queryKey: keys.job(job_id) });
    closeStream = followJob(job_id, {
      after: history.at(-1)?.seq ?? 0,
      onSaid(said) {
        waiting.push(said);
        drawSoon();
      },
      onBack: () => void queryClient.invalidateQueries({ queryKey: keys.job(job_id) }),
    });
  };
  const job: LiveJob = {
    events: NO_EVENTS,
    text: new Map(),
    users: 0,
    listeners: new Set(),
    close() {
      closed = true;
      clearTimeout(timer);
      closeStream();
    },
  };
  live.set(job_id, job);
  void begin().catch(() => {});
  return job;
}

/** Everything that the journal has by now. Where the service is away it is asked until it answers. */
async function readHistory(job_id: string): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for (;;) {
    const query = { after: all.at(-1)?.seq ?? 0, limit: PAGE };
    const { events } = await queryClient.fetchQuery({
      queryKey: [...keys.job(job_id), 'events', query.after],
      gcTime: 0,
      staleTime: 0,
      retry: (_, error) => mayPass(error),
      queryFn: () =>
        jsonOf(
          api.GET('/orchestrate/{job_id}/events', {
            params: { path: { job_id }, query, header: { Accept: 'application/json' } },
          }),
        ),
    });
    all.push(...(events as JobEvent[]));
    if (events.length < PAGE) return all;
  }
}

function withNote(text: LiveJob['text'], note: LiveNote): LiveJob['text'] {
  if (note.kind === 'doorbell' || note.task_id === null) return text;
  const added = note.kind === 'line' ? `${note.text}\n` : note.text;
  const whole = (text.get(note.task_id) ?? '') + added;
  return new Map(text).set(note.task_id, whole.slice(-KEPT_TEXT));
}

function withoutOldAttempts(text: LiveJob['text'], events: readonly JobEvent[]): LiveJob['text'] {
  const begun = events.filter(({ type, task_id }) => type === 'task.started' && task_id && text.has(task_id));
  if (begun.length === 0) return text;
  const kept = new Map(text);
  for (const { task_id } of begun) kept.delete(task_id!);
  return kept;
}
