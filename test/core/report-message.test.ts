import { expect, it } from 'vitest';
import { reportMessage } from '../../core/messages/report-message.ts';
import { approvedJob, tasksOf } from './samples.ts';

const ended = (output: { text?: string; preview: string; bytes: number }) => ({
  ...approvedJob(tasksOf({ a: [] })),
  ending: { status: 'completed' as const, error: null },
  synthesis: { output, artifact: null },
});
const bytes = (text: string) => new TextEncoder().encode(text).length;

it('a short report is sent whole, after how the job ended', () => {
  const job = ended({ text: 'All done.', preview: 'All done.', bytes: 9 });
  expect(reportMessage(job)).toBe(`The plan ${job.job_id} is completed\n\nAll done.`);
});

it('a long one is cut to what a journal takes, and says where the whole is', () => {
  for (const letter of ['x', 'ä', '茶', '🍵']) {
    const text = letter.repeat(5000);
    for (const output of [
      { text, preview: text.slice(0, 200), bytes: bytes(text) },
      { preview: text.slice(0, 200), bytes: bytes(text) },
    ]) {
      const said = reportMessage(ended(output));
      expect(bytes(said)).toBeLessThanOrEqual(4096);
      expect(said).toMatch(/\[cut; GET \/v1\/orchestrate\/\S+ has all of it\]$/);
      expect(said).toContain(letter.repeat(50));
      expect(said.isWellFormed()).toBe(true);
    }
  }
});

it('a job that failed says why', () => {
  const job = approvedJob(tasksOf({ a: [] }));
  job.ending = { status: 'failed', error: { code: 'task_failed', message: 'a is failed' } };
  expect(reportMessage(job)).toBe(`The plan ${job.job_id} is failed: a is failed`);
});
