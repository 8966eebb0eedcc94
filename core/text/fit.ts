import type { DependencyResult } from '../../contracts/artifact.ts';
import { WHOLE_CHARS } from '../state/parts.ts';

/**
 * Characters of JSON that a task is handed of those before it: 500 results and 10,000 artifacts. It travels by reference,
 * see store/content/payload-storage.ts.
 */
export const HANDED_CHARS = 6_000_000;

/**
 * Results of tasks, as much of each as all of them can travel together with: whole, else with the beginning of texts
 * alone, else with the first artifacts of each.
 * @param most characters of JSON of all together
 */
export function fittingResults(
  results: DependencyResult[],
  most = WHOLE_CHARS,
): { results: DependencyResult[]; cut: boolean } {
  const fits = (some: DependencyResult[]) => JSON.stringify(some).length <= most;
  if (fits(results)) return { results, cut: false };
  const begun = results.map((result) => ({ ...result, output: beginning(result.output) }));
  if (fits(begun)) return { results: begun, cut: true };
  const few = begun.map((result) => ({ ...result, artifacts: result.artifacts.slice(0, ARTIFACTS) }));
  if (fits(few)) return { results: few, cut: true };
  // of more tasks than a plan may have, or of very long names
  return {
    results: few.slice(0, Math.floor((few.length * most) / JSON.stringify(few).length)),
    cut: true,
  };
}

const ARTIFACTS = 2;

/** What stands in the store stays where it is. */
function beginning(output: DependencyResult['output']): DependencyResult['output'] {
  if (output === null) return null;
  const { preview, bytes, text_ref, data_ref } = output;
  return { preview, bytes, ...(text_ref ? { text_ref } : {}), ...(data_ref ? { data_ref } : {}) };
}
