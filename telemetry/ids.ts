import { createHash } from 'node:crypto';

/**
 * Ids of a job's trace and of its spans, made from what they are of: every process knows them without being told, a
 * repeated activity has the same parent, and nothing about traces has to be in any history.
 * Their form is that of https://www.w3.org/TR/trace-context/
 */
export const traceIdOf = (job_id: string): string => hex(`trace ${rootOf(job_id)}`, 16);

/** The id of a span of a job, by what it is: a phase and its round, a start of a task, a request. */
export const spanIdOf = (job_id: string, ...what: (string | number)[]): string =>
  hex(JSON.stringify(['span', job_id, ...what]), 8);

/** A job that was delegated to is in the trace of the one that did, see `delegatedJobId`. */
const rootOf = (job_id: string): string => job_id.split('.')[0] ?? job_id;

/** Never all zeros, which stands for none. */
function hex(text: string, bytes: number): string {
  const id = createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, bytes * 2);
  return /^0+$/.test(id) ? `${'0'.repeat(bytes * 2 - 1)}1` : id;
}
