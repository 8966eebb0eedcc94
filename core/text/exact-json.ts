import { TOO_DEEP, textTooDeep } from './json-depth.ts';

/** Characters of what a parser says that are repeated: it may quote the text. */
const WHY_CHARS = 200;

/**
 * Reads JSON that comes from outside. Refused, with what is wrong in words that follow what it is of: what is no JSON, what nests
 * too deep to be written again, and numbers that JavaScript would round (whole ones above 2^53) or that have no end
 * (`1e999`). A number that can't be kept digit by digit would be another one wherever it is used, and nobody would know.
 */
export function readExactJson(text: string): { value: unknown } | { problem: string } {
  if (textTooDeep(text)) return { problem: TOO_DEEP.replace(/^it /, '') };
  try {
    const long = MAY_BE_ROUNDED.test(text) ? firstLong(text) : null;
    return long === null
      ? { value: JSON.parse(text) }
      : { problem: `holds ${long.shown}, which ${CANT_BE_KEPT}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `is not JSON: ${why.slice(0, WHY_CHARS).toWellFormed()}` };
  }
}

/** The same where the text has to be an object. */
export function readExactObject(text: string): { value: Record<string, unknown> } | { problem: string } {
  const read = readExactJson(text);
  if ('problem' in read) return read;
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'is not a JSON object' };
  }
  return { value: value as Record<string, unknown> };
}

/** Only such texts are looked at number by number. */
const MAY_BE_ROUNDED = /\d{16}|\d[eE]\+?\d{3}/;

const CANT_BE_KEPT = "can't be kept digit by digit: write it as a text, in quotes";

/** A number that would be rounded, as it was written. */
export class LongNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }

  get shown(): string {
    return `the number ${this.source.length > 60 ? `${this.source.slice(0, 57)}...` : this.source}`;
  }

  /** what is wrong with it, in words that follow its place */
  get issue(): string {
    return `${this.shown} ${CANT_BE_KEPT}`;
  }
}

/**
 * Parses as JSON.parse does, with a {@link LongNumber} in the place of each number that would be rounded; not in what
 * nests too deep, which is for the caller to refuse.
 */
export function parseMarkingLong(text: string): unknown {
  return MAY_BE_ROUNDED.test(text) && !textTooDeep(text)
    ? reviveNumbers(text, (source) => new LongNumber(source))
    : JSON.parse(text);
}

/** The first number of a JSON text that would not be the same as written; null: there is none. */
function firstLong(text: string): LongNumber | null {
  let found: LongNumber | null = null;
  reviveNumbers(text, (source) => {
    found ??= new LongNumber(source);
    return found;
  });
  return found;
}

function reviveNumbers(text: string, long: (source: string) => LongNumber): unknown {
  const look = (_: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' && source !== undefined && isRounded(source, value) ? long(source) : value;
  // the types do not know the third argument yet
  return JSON.parse(text, look as (key: string, value: unknown) => unknown);
}

const isRounded = (source: string, value: number): boolean =>
  !Number.isFinite(value) || (/^-?\d+$/.test(source) && BigInt(source) !== BigInt(value));
