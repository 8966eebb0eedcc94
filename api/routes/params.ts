import { z } from 'zod';
import { Id } from '../../contracts/plan.ts';
import type { Sees } from '../access/caller.ts';

/** Parts of paths. What does not parse names nothing: 404. */
export const jobParams = { job_id: Id.meta({ description: 'the job' }) };
export const taskParams = { ...jobParams, task_id: Id.meta({ description: 'the task' }) };

/** An id that is not a job's or task's: printable ASCII. */
export const OtherId = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/** Whether a list that is asked for of `owner` is empty, because the caller sees none of that owner's jobs. */
export const isHidden = (sees: Sees, owner: string | undefined): boolean =>
  sees !== null && owner !== undefined && owner !== sees;

/** What commands may be repeated under. */
export const IDEMPOTENCY_HEADER = {
  'Idempotency-Key': 'the same key with the same body gives the same answer; with another body 409',
};
