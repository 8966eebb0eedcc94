import { partsOf } from '../../core/parts.ts';
import { patient } from '../activities.ts';

/** Stores a JSON text that is too large for a history; gives the hashes of its parts, in order. */
export async function storeInParts(job_id: string, json: string): Promise<string[]> {
  const refs: string[] = [];
  // one by one: all that a workflow task asks for travels in one message
  for (const text of partsOf(json)) refs.push((await patient.storePart({ job_id, text })).part_ref);
  return refs;
}

/** What {@link storeInParts} stored. */
export async function readInParts<R>(part_refs: readonly string[]): Promise<R> {
  const texts: string[] = [];
  for (const part_ref of part_refs) texts.push((await patient.readPart({ part_ref })).text);
  return JSON.parse(texts.join('')) as R;
}
