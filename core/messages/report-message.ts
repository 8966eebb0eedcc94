import { type JobState, jobStatus } from '../state/job-state.ts';

/** Longest message that stands in a journal, in UTF-8 bytes. */
const MAX_BYTES = 4096;

/** What another job is told when this one has ended: how, and its report, cut where that is long. */
export function reportMessage(state: JobState): string {
  const { job_id, ending, synthesis } = state;
  const why = ending?.error ? `: ${ending.error.message}` : '';
  const report = synthesis?.output.text ?? synthesis?.output.preview ?? '';
  const head = `The plan ${job_id} is ${ending?.status ?? jobStatus(state)}${why}`;
  const text = report === '' ? head : `${head}\n\n${report}`;
  const isPreview = synthesis !== null && synthesis.output.text === undefined;
  if (!isPreview && bytes(text) <= MAX_BYTES) return text;
  const end = `\n[cut; GET /v1/orchestrate/${job_id} has all of it]`;
  return `${cut(text, MAX_BYTES - bytes(end))}${end}`;
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** The longest beginning of a text that takes at most so many bytes. */
function cut(text: string, max: number): string {
  let end = Math.min(text.length, max);
  while (bytes(text.slice(0, end)) > max)
    end -= Math.max(1, Math.ceil((bytes(text.slice(0, end)) - max) / 4));
  return text.slice(0, end).toWellFormed();
}
