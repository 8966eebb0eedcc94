import type { ModelAnswer, Verdict } from '../../../contracts/attempt.ts';
import { fencedTexts } from '../prompts/data.ts';
import type { StoredPrompt } from '../prompts/prompt.ts';
import { VerificationAnswer } from '../prompts/verification.ts';
import { type Read, readJson } from './read.ts';

/**
 * One verdict a criterion. A quote has to be in the results, artifacts or report, word for word but for white
 * space: a model that quotes what is not there has shown nothing, and the criterion is `unverified`, whatever the
 * model calls it. `met` needs a quote; `unmet` does not, what is missing can't be quoted.
 */
export function readVerdicts(
  text: string,
  prompt: Pick<StoredPrompt, 'criteria' | 'messages'>,
): Read<Extract<ModelAnswer, { purpose: 'verification' }>> {
  const read = readJson(text, VerificationAnswer);
  if ('problems' in read) return read;
  // the lines between the pieces are ours, and show nothing
  const material = fencedTexts(prompt.messages[0]?.content ?? '').map(normalized);
  const verdicts = (prompt.criteria ?? []).map(({ criterion_id }): Verdict => {
    const given = read.value.verdicts.find((verdict) => verdict.criterion_id === criterion_id);
    if (!given) return { criterion_id, verdict: 'unverified', evidence: 'The model gave no verdict.' };
    const { verdict, reason } = given;
    const quote = normalized(given.quote);
    if (quote === '' && verdict === 'met') {
      const evidence = `The model calls it met, but quotes nothing that shows it. ${reason}`;
      return { criterion_id, verdict: 'unverified', evidence: evidence.trim() };
    }
    if (quote !== '' && !material.some((piece) => piece.includes(quote))) {
      const evidence = `The model calls it ${verdict}, but its quote is not in the results. ${reason}`;
      return { criterion_id, verdict: 'unverified', evidence: evidence.trim() };
    }
    const evidence = quote === '' ? reason : `"${quote}" ${reason}`;
    return { criterion_id, verdict, evidence: evidence.trim() };
  });
  return { value: { purpose: 'verification', verdicts } };
}

const normalized = (text: string): string => text.replace(/\s+/g, ' ').trim();
