import type { ModelAnswer, Verdict } from '../../../contracts/attempt.ts';
import type { StoredPrompt } from '../prompts/prompt.ts';
import { VerificationAnswer } from '../prompts/verification.ts';
import { type Read, readJson } from './read.ts';

/**
 * One verdict a criterion. `met` stands only on a quote that is in the material, word for word but for white
 * space: a model that quotes what is not there has shown nothing, and the criterion is `unverified`.
 */
export function readVerdicts(
  text: string,
  prompt: Pick<StoredPrompt, 'criteria' | 'messages'>,
): Read<Extract<ModelAnswer, { purpose: 'verification' }>> {
  const read = readJson(text, VerificationAnswer);
  if ('problems' in read) return read;
  const material = normalized(prompt.messages[0]?.content ?? '');
  const verdicts = (prompt.criteria ?? []).map(({ criterion_id }): Verdict => {
    const given = read.value.verdicts.find((verdict) => verdict.criterion_id === criterion_id);
    if (!given) return { criterion_id, verdict: 'unverified', evidence: 'The model gave no verdict.' };
    const quote = normalized(given.quote);
    const found = quote !== '' && material.includes(quote);
    if (given.verdict === 'met' && !found) {
      return {
        criterion_id,
        verdict: 'unverified',
        evidence: `The model calls it met, but its quote is not in the results. ${given.reason}`,
      };
    }
    const evidence = found ? `"${quote}" ${given.reason}` : given.reason;
    return { criterion_id, verdict: given.verdict, evidence: evidence.trim() };
  });
  return { value: { purpose: 'verification', verdicts } };
}

const normalized = (text: string): string => text.replace(/\s+/g, ' ').trim();
