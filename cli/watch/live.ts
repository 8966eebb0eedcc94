import { createLogUpdate } from 'log-update';
import { style } from '../output.ts';
import { drawn } from '../view/drawn.ts';
import { hints, jobText, type ShownJob } from '../view/job.ts';
import { frame } from './frame.ts';
import type { Screen } from './screen.ts';

/** Durations move on and news are fetched at this pace. */
const TICK_MS = 200;

/** Empties the screen and goes to its first line, https://en.wikipedia.org/wiki/ANSI_escape_code */
const CLEAR = '\u001b[2J\u001b[H';

/** A tree that is redrawn as the job progresses, for terminals. */
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
    const { rows = 24, columns = 80 } = process.stdout;
    log(frame(job, lines, below, { rows, columns }).join('\n'));
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
  // what was drawn has wrapped anew, and nobody knows how
  const redraw = () => {
    log.clear();
    process.stdout.write(CLEAR);
    draw();
  };
  process.stdout.on('resize', redraw);
  const timer = setInterval(() => {
    if (changed && !reading) void refresh();
    draw();
  }, TICK_MS);
  draw();

  const close = () => {
    if (closed) return;
    closed = true;
    clearInterval(timer);
    process.stdout.removeListener('resize', redraw);
    log.done();
  };
  return {
    event() {
      changed = true;
    },
    note(note) {
      if (note.kind === 'line') {
        const text = drawn(note.text);
        if (text.trim() !== '') lines.set(note.task_id, text);
      }
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
