/** Replaces secrets in a stream of bytes. */
export interface Redactor {
  /** Takes the next bytes; gives what can be said by now without giving away the beginning of a secret. */
  push(chunk: Buffer): Buffer;
  /** Gives what was held back. */
  end(): Buffer;
}

/**
 * Replaces every secret by `***`, wherever the stream is cut into chunks. A secret is found as it is, as it looks
 * inside a JSON string, and, when it has several lines, line by line. Secrets that overlap become one `***`.
 * Other encodings (base64, say) are not found.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const needles = toNeedles(secrets);
  let held: Buffer = EMPTY;
  // bytes at the start of `held` that belong to a secret whose mask is already out
  let masked = 0;

  function release(bytes: Buffer, end: number): Buffer {
    held = bytes.subarray(end);
    if (end === 0) return EMPTY;
    const ranges = secretRanges(bytes, needles, masked);
    const parts: Buffer[] = [];
    let at = 0;
    for (const range of ranges) {
      if (range.start >= end) break;
      parts.push(bytes.subarray(at, range.start));
      if (range.start > 0 || masked === 0) parts.push(MASK);
      at = Math.min(range.end, end);
    }
    parts.push(bytes.subarray(at, end));
    const across = ranges.find((range) => range.start < end && range.end > end);
    masked = across ? across.end - end : 0;
    return ranges.length === 0 ? bytes.subarray(0, end) : Buffer.concat(parts);
  }

  return {
    push(chunk) {
      if (needles.length === 0) return chunk;
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      return release(bytes, bytes.length - heldBack(bytes, needles));
    },
    end: () => release(held, held.length),
  };
}

/** The same for a text that is there as a whole. */
export function redactText(text: string, secrets: readonly string[]): string {
  const redactor = createRedactor(secrets);
  return Buffer.concat([redactor.push(Buffer.from(text)), redactor.end()]).toString();
}

const EMPTY: Buffer = Buffer.alloc(0);
const MASK = Buffer.from('***');
/** Shorter lines of a secret of several lines are common words ("}", "end"). */
const SHORTEST_LINE = 6;

interface Range {
  start: number;
  end: number;
}

function toNeedles(secrets: readonly string[]): Buffer[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE),
  ]);
  return [...new Set(forms)].filter((form) => form !== '').map((form) => Buffer.from(form));
}

/** How many bytes at the end may be the beginning of a secret. */
function heldBack(bytes: Buffer, needles: Buffer[]): number {
  return Math.max(0, ...needles.map((needle) => beginningLength(bytes, needle)));
}

function beginningLength(bytes: Buffer, needle: Buffer): number {
  const first = needle[0] ?? 0;
  let at = bytes.indexOf(first, Math.max(0, bytes.length - needle.length + 1));
  for (; at >= 0 && at < bytes.length; at = bytes.indexOf(first, at + 1)) {
    const tail = bytes.subarray(at);
    if (tail.equals(needle.subarray(0, tail.length))) return tail.length;
    if (at + 1 >= bytes.length) break; // indexOf from the end would look at the last byte again
  }
  return 0;
}

/** The bytes covered by secrets, merged where they touch or overlap, in order. */
function secretRanges(bytes: Buffer, needles: Buffer[], masked: number): Range[] {
  const found: Range[] = masked > 0 ? [{ start: 0, end: masked }] : [];
  for (const needle of needles) {
    for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
      found.push({ start: at, end: at + needle.length });
    }
  }
  found.sort((a, b) => a.start - b.start);
  const merged: Range[] = [];
  for (const range of found) {
    const last = merged.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else merged.push(range);
  }
  return merged;
}
