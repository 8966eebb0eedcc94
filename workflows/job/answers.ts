import { type QueryDefinition, setHandler, workflowInfo } from '@temporalio/workflow';
import { AS_BYTES } from '../../contracts/names.ts';
import { bytesOf, type InParts, type PartWish, VALUE_CHARS } from '../../core/parts.ts';
import type { Job } from './context.ts';

/**
 * Answers a query. A large answer is given as bytes where they are asked for, and one that is too large for one message
 * is held in parts until another such one is asked for: see {@link putTogether}. Nothing of the job changes.
 */
export function answersOf(job: Job) {
  let held: { id: string; parts: Uint8Array[] } | null = null;
  return <R, A>(query: QueryDefinition<R, [A?]> | QueryDefinition<R>, answer: (args?: A) => R): void => {
    setHandler(query as QueryDefinition<unknown, unknown[]>, (...args): unknown | InParts | Uint8Array => {
      const wish = args.find(isWish);
      const wished = () => (wish && held?.id === wish.part_of ? held.parts[wish.part] : undefined);
      if (wished() === undefined) {
        const [first] = args;
        const given = answer((typeof first === 'object' && first !== null ? first : undefined) as A);
        if (!args.includes(AS_BYTES)) return given;
        const text = JSON.stringify(given) ?? '';
        if (text.length <= VALUE_CHARS && !wish) return given;
        const parts = bytesOf(text);
        if (parts.length === 1 && !wish) return parts[0];
        const { runId, historyLength } = workflowInfo();
        held = { id: `${query.name}-${runId}-${historyLength}-${job.version}`, parts };
      }
      // a job that has closed is read anew for every query, and holds nothing from one to the next
      return wished() ?? { in_parts: { id: held!.id, count: held!.parts.length } };
    });
  };
}

const isWish = (arg: unknown): arg is PartWish => typeof arg === 'object' && arg !== null && 'part_of' in arg;
