import type { ModelAnswer } from '../../../contracts/model-call.ts';
import type { Criterion } from '../../../contracts/plan.ts';
import { ObjectivesAnswer } from '../prompts/objectives.ts';
import type { StoredPrompt } from '../prompts/prompt.ts';
import { type Read, readJson } from './read.ts';

/**
 * Objectives, with what the request itself lists first and as it was: a model adds constraints and criteria, and
 * takes none away.
 */
export function readObjectives(
  text: string,
  given: Pick<StoredPrompt, 'criteria' | 'constraints'>,
): Read<Extract<ModelAnswer, { purpose: 'objectives' }>> {
  const read = readJson(text, ObjectivesAnswer);
  if ('problems' in read) return read;
  const { objectives, constraints, acceptance_criteria } = read.value;
  return {
    value: {
      purpose: 'objectives',
      objectives,
      constraints: withoutRepeats([...(given.constraints ?? []), ...constraints]),
      acceptance_criteria: withAdded(given.criteria ?? [], acceptance_criteria),
    },
  };
}

/** The given criteria and the new ones, which get ids that are free. */
function withAdded(given: readonly Criterion[], texts: readonly string[]): Criterion[] {
  const criteria = [...given];
  for (const text of withoutRepeats(texts)) {
    if (criteria.some((criterion) => same(criterion.text, text))) continue;
    let number = criteria.length + 1;
    while (criteria.some((criterion) => criterion.criterion_id === `c${number}`)) number += 1;
    criteria.push({ criterion_id: `c${number}`, text });
  }
  return criteria;
}

const withoutRepeats = (texts: readonly string[]): string[] =>
  texts.filter((text, index) => texts.findIndex((other) => same(other, text)) === index);

const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();
