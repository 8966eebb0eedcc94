import type { ModelAnswer, Verdict } from '../../../contracts/model-call.ts';
import type { StoredPrompt } from '../prompts/prompt.ts';
import { VerificationAnswer } from '../prompts/verification.ts';
import { isAboutReport, isIn, isQuoted, normalized, type QuoteSources, quoteSources } from './quotes.ts';
import { type Read, readJson } from './read.ts';

/**
 * One verdict a criterion. A quote has to be in the results or artifacts, word for word but for white space, and long
 * enough to say something: a model that quotes what is not there has shown nothing, and the criterion is `unverified`,
 * whatever the model calls it. The report counts only for criteria about the report. `met` needs a quote; `unmet` does
 * not, what is missing can't be quoted.
 */
export function readVerdicts(
  text: string,
  prompt: Pick<StoredPrompt, 'criteria' | 'messages'>,
): Read<Extract<ModelAnswer, { purpose: 'verification' }>> {
  const read = readJson(text, VerificationAnswer);
  if ('problems' in read) return read;
  const sources = quoteSources(prompt.messages[0]?.content ?? '');
  const verdicts = (prompt.criteria ?? []).map(({ criterion_id, text: criterion }): Verdict => {
    const given = read.value.verdicts.find((verdict) => verdict.criterion_id === criterion_id);
    if (!given) return { criterion_id, verdict: 'unverified', evidence: 'The model gave no verdict.' };
    const { verdict, reason } = given;
    const quote = normalized(given.quote);
    if (quote === '' && verdict === 'met') {
      const evidence = `The model says it is met, but quotes nothing that shows it. ${reason}`;
      return { criterion_id, verdict: 'unverified', evidence: evidence.trim() };
    }
    const fault = quote === '' ? null : faultOf(quote, criterion, sources);
    if (fault !== null) {
      const evidence = `The model says it is ${verdict}, but its quote ${fault}. ${reason}`;
      return { criterion_id, verdict: 'unverified', evidence: evidence.trim() };
    }
    const evidence = quote === '' ? reason : `"${quote}" ${reason}`;
    return { criterion_id, verdict, evidence: evidence.trim() };
  });
  return { value: { purpose: 'verification', verdicts } };
}

/** What is wrong with a quote; null: it shows what it says. */
function faultOf(quote: string, criterion: string, { work, report }: QuoteSources): string | null {
  const counted = isAboutReport(criterion) ? [...work, ...report] : work;
  if (isQuoted(quote, counted)) return null;
  if (isIn(quote, counted))
    return 'is too short: it is not a whole line or value, and has fewer than three words';
  return isIn(quote, report)
    ? 'is in the report only, which proves nothing about the work'
    : 'is not in the results';
}
