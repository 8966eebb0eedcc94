import { patched } from '@temporalio/workflow';
import type { Plan } from '../../contracts/plan.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { partsOf } from '../../core/state/parts.ts';
import { patient } from '../activities.ts';

/** The patch since which what is too large for a history is kept apart by the SDK: see store/content/payload-storage.ts. */
export const BY_REFERENCE = 'by-reference';

/** Stores a JSON text that is too large for a history; gives the hashes of its parts, in order. */
export async function storeInParts(job_id: string, json: string): Promise<string[]> {
  const refs: string[] = [];
  // one by one: all that a workflow task asks for travels in one message
  for (const text of partsOf(json)) refs.push((await patient.storePart({ job_id, text })).part_ref);
  return refs;
}

/** Characters of JSON up to which the state keeps the tasks of an earlier version itself. */
const FEW_CHARS = 50_000;

/** Stores the tasks of earlier versions, where they are many: nobody but a reader asks for them any more. */
export async function storeOldPlans(state: JobState): Promise<void> {
  for (const plan of [...state.old_plans]) {
    const text = 'tasks' in plan ? JSON.stringify(plan.tasks) : '';
    if (text.length <= FEW_CHARS || !patched('old-plans-stored')) continue;
    const { part_ref } = await patient.storePart({ job_id: state.job_id, text });
    const { tasks: _, ...rest } = plan as Plan;
    state.old_plans = state.old_plans.map((old) => (old === plan ? { ...rest, tasks_ref: part_ref } : old));
  }
}

/** What {@link storeInParts} stored. */
export async function readInParts<R>(part_refs: readonly string[]): Promise<R> {
  const texts: string[] = [];
  for (const part_ref of part_refs) texts.push((await patient.readPart({ part_ref })).text);
  return JSON.parse(texts.join('')) as R;
}
