import { execFileSync } from 'node:child_process';
import type { TestJob } from '../setup/jobs.ts';

/** Processes that work in a job's folder, or have a HOME there. */
export function leftOf(job: Pick<TestJob, 'job_id'>): string[] {
  const all = execFileSync('ps', ['-eo', 'pid=,args=', 'e'], { encoding: 'utf8', maxBuffer: 1e8 });
  return all.split('\n').filter((line) => line.includes(job.job_id) && !line.includes('ps -eo'));
}
