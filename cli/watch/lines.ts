import { CLI } from '../called.ts';
import type { Output } from '../output.ts';
import { eventLine } from '../view/event.ts';
import { jobHeadline, jobText, type ShownJob } from '../view/job.ts';
import type { Screen } from './screen.ts';

/** Events that mean that a person is needed. */
const CALLS_FOR_YOU = new Set(['approval.requested', 'job.needs_review']);

/** A line per event, for files and pipes. */
export function lineScreen(out: Output, first: ShownJob): Screen {
  out.print(jobHeadline(first));
  return {
    event(event) {
      out.print(eventLine(event));
      if (CALLS_FOR_YOU.has(event.type)) out.print(`  What you can do: ${CLI} status ${event.job_id}`);
    },
    note() {},
    say: (text) => out.print(text),
    lost: (why) => out.note(`The connection broke (${why}); trying again ...`),
    back: () => out.note('Connected again.'),
    end: (job) => out.print(`\n${jobText(job)}`),
    close() {},
  };
}
