import type { Repair } from '../../../contracts/model-call.ts';
import { bullets, clipped, fenced, joined, pieceLimit, section } from './data.ts';

/** What is wrong with the last answer, and that answer; nothing on the first try. */
export async function repairText(
  repair: Repair | null,
  what: 'answer' | 'plan',
  readAnswer: (ref: string) => Promise<string>,
): Promise<string> {
  if (repair === null) return '';
  return joined(
    section('Your last answer, and what is wrong with it', bullets(repair.problems)),
    fenced('your last answer', clipped(await readAnswer(repair.answer_ref), pieceLimit(1))),
    `Answer again with the whole ${what}, these mistakes corrected and the rest kept.`,
  );
}
