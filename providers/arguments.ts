import { readExactObject } from '../core/text/exact-json.ts';
import { UNPARSED_ARGUMENTS } from './types.ts';

/** The arguments of a call as a model wrote them; what is no object that can be kept as it is stands there unread. */
export function toInput(text: string, whole = true): Record<string, unknown> {
  if (whole && text.trim() === '') return {};
  const read = readExactObject(text);
  return whole && 'value' in read ? { ...read.value } : { [UNPARSED_ARGUMENTS]: text };
}

/** What is wrong with arguments that were not read, for the model; null for arguments that were. */
export function argumentsProblem(input: Record<string, unknown>): string | null {
  const text = input[UNPARSED_ARGUMENTS];
  if (typeof text !== 'string') return null;
  const read = readExactObject(text);
  const why = 'problem' in read ? read.problem : 'did not come to its end';
  return `Not carried out: your arguments could not be read: what you wrote ${why}. It begins with ${JSON.stringify(text.slice(0, SHOWN_CHARS).toWellFormed())}. Make the call again, with one JSON object.`;
}

const SHOWN_CHARS = 200;
