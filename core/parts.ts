/**
 * Longest JSON text, in characters, of what is put together from many things before it travels: a batch of events, the
 * results that a task goes on from.
 */
export const WHOLE_CHARS = 600_000;

/** Characters of a part of a text: Temporal takes 2 MB at once, as JSON in UTF-8, however they are written. */
const PART_CHARS = 250_000;

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

/** Characters of JSON up to which a query is answered by the value itself. */
export const VALUE_CHARS = 60_000;

/** Bytes of an answer that are given at once: the SDK warns of more. */
const ANSWER_BYTES = 500_000;

/** A JSON text as bytes, in as many parts as Temporal takes. */
export function bytesOf(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const parts: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += ANSWER_BYTES) {
    // in a workflow the encoder's bytes are of another realm, and the SDK would not know them as such
    parts.push(new Uint8Array(bytes.subarray(start, start + ANSWER_BYTES)));
  }
  return parts;
}

/** What is answered in place of an answer that is too large for one message. */
export interface InParts {
  in_parts: { id: string; count: number };
}

/** Asks for one part of an answer. */
export interface PartWish {
  part_of: string;
  part: number;
}

/**
 * An answer, put together where it comes as bytes, or in parts; one that changed meanwhile is told of by
 * {@link InParts} again.
 * @param ask asks with that as an argument more; without, for the answer
 */
export async function putTogether<R>(ask: (wish?: PartWish) => Promise<unknown>): Promise<R> {
  let answer = await ask();
  while (isInParts(answer)) {
    const { id, count } = answer.in_parts;
    const parts: Uint8Array[] = [];
    while (parts.length < count) {
      const part = await ask({ part_of: id, part: parts.length });
      if (!(part instanceof Uint8Array)) {
        answer = part;
        break;
      }
      parts.push(part);
    }
    if (parts.length === count) return read(parts);
  }
  return answer instanceof Uint8Array ? read([answer]) : (answer as R);
}

function read<R>(parts: Uint8Array[]): R {
  const decoder = new TextDecoder();
  const texts = parts.map((part) => decoder.decode(part, { stream: true }));
  return JSON.parse(texts.join('') + decoder.decode()) as R;
}

const isInParts = (answer: unknown): answer is InParts =>
  typeof answer === 'object' && answer !== null && 'in_parts' in answer;
