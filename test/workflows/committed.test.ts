import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommittedNote, JobEvent, Note } from '../../contracts/event.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

/** Longer than the time that Temporal gives a workflow task of these tests. */
const TOO_LONG_MS = 2500;

let worker: TestWorker;
let onNote: (note: Note) => void = () => {};
const notes: Note[] = [];
beforeAll(async () => {
  worker = await startTestWorker({
    deps: {
      publish(note) {
        notes.push(note);
        onNote(note);
      },
    },
  });
});
afterAll(() => worker.close());

const committedOf = (job_id: string): CommittedNote[] =>
  notes.filter((note): note is CommittedNote => note.kind === 'committed' && note.job_id === job_id);

/** Where each note stands in the journal, which has exactly what it says there. */
function inJournal(job_id: string, journal: readonly JobEvent[]): number {
  let told = 0;
  for (const { events } of committedOf(job_id)) {
    const first = events[0]!.seq;
    expect(events).toEqual(journal.slice(first - 1, first - 1 + events.length));
    told += events.length;
  }
  return told;
}

test('what a job said is told once Temporal has it, word for word, up to its last event', async () => {
  const plan = planOf([{ task_id: 'a' }, { task_id: 'b', depends_on: ['a'] }, { task_id: 'c' }]);
  const job = await startJob(worker, { plan });
  await job.result();
  const journal = await job.events();
  expect(inJournal(job.job_id, journal)).toBe(journal.length);
  const last = committedOf(job.job_id).at(-1)!;
  expect(last.closed).toBe(true);
  expect(last.events.at(-1)!.type).toBe('job.completed');
  expect(committedOf(job.job_id).filter(({ closed }) => closed)).toHaveLength(1);
});

test('a worker that reads a job anew tells nothing that is not in the journal', async () => {
  const plan = planOf([
    { task_id: 'a', command: 'sleep 1' },
    { task_id: 'b', depends_on: ['a'] },
  ]);
  const job = await startJob(worker, { plan });
  await job.taskReaches('a', 'running');
  await worker.restart();
  await job.result();
  inJournal(job.job_id, await job.events());
});

test('what was said in a workflow task that Temporal did not take is never told', async () => {
  const job = await startJob(
    worker,
    { plan: planOf([{ task_id: 'a' }]), approval: 'required' },
    {},
    { workflowTaskTimeout: '1 second' },
  );
  await job.reach('awaiting_approval');
  let rings = 0;
  onNote = (note) => {
    if (note.kind !== 'doorbell' || note.job_id !== job.job_id) return;
    rings += 1;
    // the worker stands still between what the job said and the answer to Temporal, which does not take it any more
    if (rings === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TOO_LONG_MS);
  };
  await job.handle.signal('approve', {});
  await job.result();
  onNote = () => {};
  const journal = await job.events();
  const said = notes.flatMap((note) =>
    note.kind === 'doorbell' && note.job_id === job.job_id ? [note.seq] : [],
  );
  // the same was said twice, at other times
  expect(new Set(said).size).toBeLessThan(said.length);
  inJournal(job.job_id, journal);
});
