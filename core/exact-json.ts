import { TOO_DEEP, textTooDeep } from './json-depth.ts';

/** Characters of what a parser says that are repeated: it may quote the text. */
const WHY_CHARS = 200;

/**
 * Reads JSON that comes from outside. Refused, with what is wrong in words that follow "it": what is no JSON, what nests
 * too deep to be written again, and numbers that JavaScript would round (whole ones above 2^53) or that have no end
 * (`1e999`). A number that can't be kept digit by digit would be another one wherever it is used, and nobody would know.
 */
export function readExactJson(text: string): { value: unknown } | { problem: string } {
  if (textTooDeep(text)) return { problem: TOO_DEEP };
  try {
    const rounded = MAY_BE_ROUNDED.test(text) ? firstRounded(text) : null;
    return rounded === null ? { value: JSON.parse(text) } : { problem: tooLong(rounded) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `it is not JSON: ${why.slice(0, WHY_CHARS).toWellFormed()}` };
  }
}

/** The same where the text has to be an object. */
export function readExactObject(text: string): { value: Record<string, unknown> } | { problem: string } {
  const read = readExactJson(text);
  if ('problem' in read) return read;
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'it is no JSON object' };
  }
  return { value: value as Record<string, unknown> };
}

/** Only such texts are looked at number by number. */
const MAY_BE_ROUNDED = /\d{16}|\d[eE]\+?\d{3}/;

const tooLong = (source: string): string =>
  `it holds the number ${source.length > 60 ? `${source.slice(0, 57)}...` : source}, which can't be kept digit by digit: write it as a text, in quotes`;

/** The first number of a JSON text that would not be the same as written; null: there is none. Throws as JSON.parse. */
function firstRounded(text: string): string | null {
  let found: string | null = null;
  const look = (_: string, value: unknown, { source }: { source?: string }) => {
    if (found === null && typeof value === 'number' && source !== undefined && isRounded(source, value)) {
      found = source;
    }
    return value;
  };
  // the types do not know the third argument yet
  JSON.parse(text, look as (key: string, value: unknown) => unknown);
  return found;
}

const isRounded = (source: string, value: number): boolean =>
  !Number.isFinite(value) || (/^-?\d+$/.test(source) && BigInt(source) !== BigInt(value));
