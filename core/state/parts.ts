/**
 * Large values travel in parts: Temporal takes 2 MB at once, as JSON in UTF-8. A part of so many characters stays below
 * that however its characters are written.
 */
const PART_CHARS = 250_000;

/**
 * Longest JSON text, in characters, of what is put together from many things before it travels: a batch of events, the
 * results that a report is made of.
 */
export const WHOLE_CHARS = 600_000;

/** A text in parts; joined they are the text. No character is cut in two. */
export function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = start + PART_CHARS;
    if (isFirstHalf(text.charCodeAt(end - 1))) end += 1;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}

const isFirstHalf = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** What is answered in place of an answer that is too large for one message. */
export interface InParts {
  in_parts: { id: string; count: number };
}

/** Asks for one part of an answer. */
export interface PartRequest {
  part_of: string;
  part: number;
}

/** One part; if the answer has changed meanwhile, {@link InParts} comes again. */
export interface Part {
  text: string;
}

/**
 * An answer, put together where it comes in parts.
 * @param ask asks with that as an argument more; without, for the answer
 */
export async function putTogether<R>(ask: (part?: PartRequest) => Promise<unknown>): Promise<R> {
  let answer = await ask();
  while (isInParts(answer)) {
    const { id, count } = answer.in_parts;
    const texts: string[] = [];
    while (texts.length < count) {
      const part = (await ask({ part_of: id, part: texts.length })) as Part | InParts;
      if (isInParts(part)) {
        answer = part;
        break;
      }
      texts.push(part.text);
    }
    if (texts.length === count) return JSON.parse(texts.join('')) as R;
  }
  return answer as R;
}

const isInParts = (answer: unknown): answer is InParts =>
  typeof answer === 'object' && answer !== null && 'in_parts' in answer;
