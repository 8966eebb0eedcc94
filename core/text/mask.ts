import { findNeedles, type Needles } from './needles.ts';

/** Shorter values are found in ordinary words, and are no secrets: they stay as they are. */
export const SHORTEST_SECRET = 8;

/** Keeps secrets out of what commands, models, tools and agents say. */
export interface Mask {
  /** the text with `***` in place of every secret */
  text(text: string): string;
  /** The same for every string and key of a value that is JSON; one without secrets is given back as it is. */
  json<T>(value: T): T;
  /** For bytes that come in pieces. See {@link MaskStream} for `keep_length`. */
  stream(options?: { keep_length?: boolean }): MaskStream;
}

/** Replaces secrets in a stream of bytes. With `keep_length` each byte of a secret becomes `*`: offsets stay true. */
export interface MaskStream {
  /**
   * Takes the next bytes; gives what can be said by now without giving away the beginning of a secret: at most one byte
   * less than the longest form of a secret is held back.
   */
  push(chunk: Buffer): Buffer;
  /** Gives what was held back. */
  end(): Buffer;
}

/**
 * A mask over these values. Each is found as it is, as it looks inside a JSON string and in an address, in base64 of either alphabet
 * wherever it stands in what was encoded, and, when it has several lines, line by line. Those that overlap become one
 * `***`. Other encodings are not found.
 */
export function createMask(secrets: readonly string[]): Mask {
  const needles = toNeedles(secrets);
  if (needles.length === 0) return NO_MASK;
  const find = findNeedles(needles);
  const stream: Mask['stream'] = ({ keep_length = false } = {}) => maskStream(find, keep_length);
  const text = (text: string): string => {
    const bytes = Buffer.from(text);
    if (find.ranges(bytes).length === 0) return text;
    const masked = stream();
    return Buffer.concat([masked.push(bytes), masked.end()]).toString();
  };
  const json = <T>(value: T): T => {
    const whole = JSON.stringify(value) ?? '';
    return text(whole) === whole ? value : (maskedStrings(value, text) as T);
  };
  return { text, json, stream };
}

/** A mask over what both keep out. */
export function bothMasks(one: Mask, other: Mask): Mask {
  if (one === NO_MASK || other === NO_MASK) return one === NO_MASK ? other : one;
  return {
    text: (text) => other.text(one.text(text)),
    json: (value) => other.json(one.json(value)),
    stream(options) {
      const [first, second] = [one.stream(options), other.stream(options)];
      return {
        push: (chunk) => second.push(first.push(chunk)),
        end: () => Buffer.concat([second.push(first.end()), second.end()]),
      };
    },
  };
}

/** For places without secrets. */
export const NO_MASK: Mask = {
  text: (text) => text,
  json: (value) => value,
  stream: () => ({ push: (chunk) => chunk, end: () => EMPTY }),
};

const EMPTY: Buffer = Buffer.alloc(0);
const STARS = Buffer.from('***');

function maskStream(find: Needles, keep_length: boolean): MaskStream {
  let held: Buffer = EMPTY;
  // bytes at the start of `held` that belong to a secret whose mask is already out
  let masked = 0;

  function release(bytes: Buffer, end: number): Buffer {
    held = bytes.subarray(end);
    if (end === 0) return EMPTY;
    const found = find.ranges(bytes);
    const ranges = masked > 0 ? merged([{ start: 0, end: masked }, ...found]) : found;
    const parts: Buffer[] = [];
    let at = 0;
    for (const range of ranges) {
      if (range.start >= end) break;
      parts.push(bytes.subarray(at, range.start));
      at = Math.min(range.end, end);
      if (keep_length) parts.push(Buffer.alloc(at - range.start, '*'));
      else if (range.start > 0 || masked === 0) parts.push(STARS);
    }
    parts.push(bytes.subarray(at, end));
    const across = ranges.find((range) => range.start < end && range.end > end);
    masked = across ? across.end - end : 0;
    return ranges.length === 0 ? bytes.subarray(0, end) : Buffer.concat(parts);
  }

  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      return release(bytes, bytes.length - find.heldBack(bytes));
    },
    end: () => release(held, held.length),
  };
}

/** In the order of their starts; those that overlap are one. */
function merged(ranges: { start: number; end: number }[]): { start: number; end: number }[] {
  const all: { start: number; end: number }[] = [];
  for (const range of ranges) {
    const last = all.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else all.push({ ...range });
  }
  return all;
}

function toNeedles(secrets: readonly string[]): Buffer[] {
  const forms = secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(formsOf);
  return [...new Set(forms)]
    .filter((form) => form.length >= SHORTEST_SECRET)
    .map((form) => Buffer.from(form));
}

function formsOf(secret: string): string[] {
  const encoded = [0, 1, 2].map((before) => base64At(secret, before));
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    ...encoded,
    ...encoded.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    // the frame of a key in PEM is in every such key
    ...secret.split(/\r?\n/).filter((line) => !line.startsWith('-----')),
  ];
}

/** What of base64 is the secret's alone, where `before` bytes stand before it in a group of three. */
function base64At(secret: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const whole = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), whole);
}

function maskedStrings(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((inner) => maskedStrings(inner, text));
  if (typeof value !== 'object' || value === null || isRawJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [text(key), maskedStrings(inner, text)]),
  );
}

/** A number kept as it was written; the type of `JSON` does not know it yet. */
const isRawJson = (value: object): boolean =>
  (JSON as { isRawJSON?(value: unknown): boolean }).isRawJSON?.(value) ?? false;
