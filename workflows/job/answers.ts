import { type QueryDefinition, setHandler, workflowInfo } from '@temporalio/workflow';
import { ASK_AGAIN, HAS_ENDED } from '../../contracts/names.ts';
import { type InParts, type Part, type PartRequest, partsOf } from '../../core/state/parts.ts';
import { kept } from '../kept-value.ts';
import { wasReset } from '../reset.ts';
import type { Job } from './context.ts';

/** Characters of JSON that no store is asked to keep, however they are written. */
const FEW_CHARS = 60_000;

/** Characters of an answer that is given whole: the SDK warns of more than 512 KB, and Temporal takes 2 MB. */
const ANSWER_CHARS = 450_000;

/**
 * Answers a query. An answer that is too large for one message is held in parts until another such one is asked for:
 * see {@link putTogether}. Nothing of the job changes, and no answer is stored.
 */
export function answersOf(job: Job) {
  let held: { id: string; parts: string[] } | null = null;
  return <R, A>(query: QueryDefinition<R, [A?]> | QueryDefinition<R>, answer: (args?: A) => R): void => {
    setHandler(query as QueryDefinition<unknown, unknown[]>, (...args): unknown | InParts | Part => {
      // a run that was reset stands where it was reset to, until it was recovered
      if (wasReset() && !args.includes(HAS_ENDED)) throw new Error(ASK_AGAIN);
      const request = args.find(isPartRequest);
      const requestedPart = () =>
        request && held?.id === request.part_of ? held.parts[request.part] : undefined;
      if (requestedPart() === undefined) {
        const [first] = args;
        const given = answer((typeof first === 'object' && first !== null ? first : undefined) as A);
        const text = JSON.stringify(given) ?? '';
        if (text.length <= FEW_CHARS && !request) return given;
        if (text.length <= ANSWER_CHARS && !request) return kept(given);
        const { runId, historyLength } = workflowInfo();
        held = { id: `${query.name}-${runId}-${historyLength}-${job.version}`, parts: partsOf(text) };
      }
      // a closed job is replayed for every query, and keeps nothing from one to the next
      const part = requestedPart();
      return part === undefined
        ? { in_parts: { id: held!.id, count: held!.parts.length } }
        : kept({ text: part });
    });
  };
}

const isPartRequest = (arg: unknown): arg is PartRequest =>
  typeof arg === 'object' && arg !== null && 'part_of' in arg;
