import { createLogUpdate } from 'log-update';
import { style } from '../output.ts';
import { hints, jobHeadline, jobText, type ShownJob, taskTree } from '../view/job.ts';
import type { Screen } from './screen.ts';

/** Durations move on and news are fetched at this pace. */
const TICK_MS = 200;

/** A tree that is drawn anew as the job goes on, for terminals. */
export function liveScreen(first: ShownJob, read: () => Promise<ShownJob>): Screen {
  const log = createLogUpdate(process.stdout);
  const lines = new Map<string, string>();
  let job = first;
  let trouble: string | undefined;
  let changed = true;
  let reading = false;
  let closed = false;

  const draw = () => {
    const below = trouble
      ? ['', style('yellow', `The connection broke (${trouble}); trying again ...`)]
      : hints(job);
    log([jobHeadline(job), '', ...taskTree(job, lines), ...below].join('\n'));
  };
  const refresh = async () => {
    reading = true;
    changed = false;
    try {
      const now = await read();
      if (!closed) job = now;
    } catch {
      // the stream of events tells when it is over
      changed = true;
    } finally {
      reading = false;
    }
  };
  const timer = setInterval(() => {
    if (changed && !reading) void refresh();
    draw();
  }, TICK_MS);
  draw();

  const close = () => {
    if (closed) return;
    closed = true;
    clearInterval(timer);
    log.done();
  };
  return {
    event() {
      changed = true;
    },
    note(note) {
      if (note.kind === 'line' && note.text.trim() !== '') lines.set(note.task_id, note.text);
      if (note.kind === 'delta' && note.task_id) {
        lines.set(note.task_id, `${lines.get(note.task_id) ?? ''}${note.text}`.slice(-70));
      }
    },
    say: (text) => log.persist(text),
    lost(why) {
      trouble = why;
    },
    back() {
      trouble = undefined;
      changed = true;
    },
    end(last) {
      log.clear();
      close();
      process.stdout.write(`${jobText(last)}\n`);
    },
    close,
  };
}
